"""The default bot: offline, light, in Chinese and English. An adapter of the `Bot` port; start reading at default.py.

    default.py                      one turn in, one answer out
    plain, entities, classifier,    what a message says -> reading.py
      language, mood
    dialogue.py, words.py           where the dialogue stands, from the transcript alone
    account.py, knowledge.py        the two sources: this customer's CRM records, the articles
    handoff.py, person.py           when people take over
    skills/                         one file per skill, with a schema that an LLM can use as well
    summary.py                      what goes along

Words live in files, not in code: phrases/ (training), articles/ (knowledge), texts/ (what is said), cues.toml and
mood.toml (rules). After a change of phrases or articles: `python -m hub.bot.train`.
"""
