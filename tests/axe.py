"""What axe-core finds on a page, and whether the page is wider than its screen."""

from axe_playwright_python.sync_playwright import Axe


def violations_of(page):
    """The rules that `page` breaks with everything on it folded open, as lines of text; [] when none."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def visit_all(page, live_server, mode, paths):
    """What is wrong with the pages at `paths`, seen in the type size `mode`: violations, and being too wide."""
    page.context.add_cookies([{"name": "mode", "value": mode, "url": live_server.url}])
    found = []
    for path in paths:
        page.goto(live_server.url + path)
        found += violations_of(page)
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{path} runs off the screen")
    return found
