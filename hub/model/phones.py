"""Phone numbers as people type them -> E.164, so that one person's number is found however it was written."""

from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    is_valid_number,
    parse,
)

_INTERNATIONAL = (CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN, CountryCodeSource.FROM_NUMBER_WITH_IDD)


def e164(raw: str, region: str = "CN") -> str:
    """`raw` as E.164, or "" when it is not one person's number.

    A number without a country code belongs to `region` (ISO 3166): `138 0000 1234`, `(021) 6888 1234`. `+86-138...`,
    `0086 138...` and `86138...` come out the same. One with an extension is a switchboard that many share: "".
    """
    try:
        number = parse(raw, region, keep_raw_input=True)
    except NumberParseException:
        return ""
    if number.extension or not _plausible(number):
        return ""
    return format_number(number, PhoneNumberFormat.E164)


def _plausible(number: PhoneNumber) -> bool:
    # Numbering plans grow faster than tables of them: who wrote the country code is believed when the length fits.
    if number.country_code_source in _INTERNATIONAL:
        return is_possible_number(number)
    return is_valid_number(number)
