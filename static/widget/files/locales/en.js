// The words of the widget's files in English.

export const words = {
  "file.attach": "Send a file or a picture",
  "file.open": "Open {name}",
  "file.picture": "Picture {name}",
  "file.sending": "Sending {name}: {n} %",
  "file.stop": "Stop sending {name}",
  "file.retry": "Try again",
  "file.drop": "Remove",
  "file.gone": "This file can't be opened right now.",
  "file.failed": "{name} was not sent.",
  "file.failed.too_long": "{name} is too large: {most} at most.",
  "file.failed.empty": "{name} is empty.",
  "file.failed.rate_limited": "Too many files at once. Please wait a little.",
  "file.failed.disk_full": "We can't take files right now. Please describe it in words.",
};
