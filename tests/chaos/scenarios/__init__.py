"""One file a scenario: `async def run(stage, report, long)`. Its first line says what happens and what must hold."""
