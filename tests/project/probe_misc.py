import json

import pytest
from django.test import Client

from tests.project.routing import make_world, routes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["", "manager", "helper"])
def test_misc(role):
    w = make_world()
    c = Client(raise_request_exception=False)
    if role:
        c.force_login(w.users[role])
    deep = "[" * 30000 + "]" * 30000
    bodies = [
        ("multipart/form-data", b"x"),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="action"\r\n\r\n\xff\xfe\r\n--a--',
        ),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: form-data"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
        ("application/x-www-form-urlencoded; charset=nope", b"action=%ff%fe&action=&name[]=1"),
        ("application/json", deep.encode()),
        ("application/json", b'{"a":'),
        ("application/json", b"\xff\xfe{"),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
        ("", b"\x00"),
        (
            "application/json",
            json.dumps({k: [[1]] for k in ("number", "tail", "need", "service", "name", "phone")}).encode(),
        ),
        (
            "application/json",
            json.dumps(
                {
                    k: {"a": 1}
                    for k in (
                        "number",
                        "tail",
                        "need",
                        "service",
                        "name",
                        "phone",
                        "submission_key",
                        "consent",
                    )
                }
            ).encode(),
        ),
        ("application/json", b'"x"'),
        ("application/json", b"[]"),
        ("application/json", b"null"),
        ("application/json", b"1e999999"),
        ("application/json", ('{"building":' + "9" * 5000 + "}").encode()),
        ("application/x-www-form-urlencoded", "&".join("a=1" for _ in range(1100)).encode()),
        ("application/x-www-form-urlencoded", b"action=" + b"%E5" * 50),
    ]
    bad = []
    for route, _v in routes():
        try:
            a = w.address(route)
        except KeyError:
            continue
        if a == "/healthz":
            continue
        for m in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            r = c.generic(m, a, b"", content_type="application/x-www-form-urlencoded")
            if r.status_code >= 500:
                bad.append((m, a, r.status_code))
            if role == "manager" and a.startswith("/logout"):
                break
        if a.startswith("/logout"):
            continue
        for ct, b in bodies:
            if not a.startswith("/api") and ct == "application/json" and len(b) > 100:
                continue
            r = c.generic("POST", a, b, content_type=ct)
            if r.status_code >= 500:
                bad.append(("POST", a, ct, b[:60], r.status_code))
        for q in (
            "%ff%fe",
            "a=%ff&a[]=1",
            "=" * 50,
            "next=//evil.example&back=//evil.example&from=https://evil.example",
            "page=9" + "9" * 30,
            "_popup=1&_to_field=password",
            "e=1",
            "after=%ff",
            "_changelist_filters=%ff",
            "q=" + "a" * 3000,
            "dazi=1",
        ):
            r = c.get(a, QUERY_STRING=q)
            if r.status_code >= 500:
                bad.append(("GETQ", a, q[:40], r.status_code))
            if (
                r.status_code in (301, 302, 303, 307)
                and "evil" in r.headers.get("Location", "")
                and not r.headers["Location"].startswith(("/login/?next=", "/"))
            ):
                bad.append(("REDIRECT", a, r.headers["Location"]))
            if r.status_code == 200 and "evil.example" in (b"" if r.streaming else r.content).decode(
                "utf-8", "replace"
            ):
                t = r.content.decode("utf-8", "replace")
                import re

                for mm in re.findall(r'(?:href|action|value|src)="[^"]*evil[^"]*"', t):
                    bad.append(("ECHO", a, mm))
    for x in sorted(set(map(str, bad))):
        print("BAD", role, x[:300])
    print("DONE", role)
