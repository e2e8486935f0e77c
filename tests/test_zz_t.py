import time, asyncio
from hub.main import Serving, open_crm, store_options
from hub.store.store import open_store
from tests.running import add_sample_agents
async def test_x(settings):
    for _ in range(3):
        t=time.perf_counter()
        async with open_store(store_options(settings)) as store:
            a=time.perf_counter()
            async with open_crm(settings) as crm:
                b=time.perf_counter()
                async with asyncio.TaskGroup() as tasks:
                    s=Serving(settings,store,crm,tasks,frozenset())
                    await add_sample_agents(store)
                    w=[tasks.create_task(x) for x in (s.live.follow(), s.live.hear())]
                    await s.live.ready()
                    c=time.perf_counter()
                    for x in w: x.cancel()
        d=time.perf_counter()
        print(a-t,b-a,c-b,d-c)
