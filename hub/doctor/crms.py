"""What the doctor says about the connections to CRMs: their mapping files and secrets. It asks the CRMs nothing."""

from collections.abc import Iterator

from hub.crms import mapping_of, named
from hub.doctor.finding import Finding, fail, ok
from hub.model.errors import BadRequest
from hub.settings import Settings


def examine_crms(settings: Settings) -> Iterator[Finding]:
    for name, setting in named(settings).items():
        if setting.mapping == "local":
            continue
        try:
            mapping_of(name, setting)
        except BadRequest as problem:
            yield fail(
                (f"The CRM {name} can't be used: {problem}", f"无法使用 CRM“{name}”：{problem}"),
                (
                    "Mend the file, or name another one as `mapping`. `onethread crm check` tries it for real.",
                    "修改该文件，或者在 mapping 里换一个。用 `onethread crm check` 可以实际验证。",
                ),
            )
        else:
            yield ok(
                f"The CRM {name}: its mapping and its secrets are there. `onethread crm check` tries it for real.",
                f"CRM“{name}”的映射和密钥齐全。用 `onethread crm check` 可以实际验证。",
            )
