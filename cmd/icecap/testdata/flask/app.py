"""A small Flask app on SQLite: notes, a log-in, and what the server told it.

It counts its requests at /-/count as the shop does; that one is not counted.
"""

import json
import os
import sqlite3
import tempfile
import threading

from flask import Flask, Response, abort, g, redirect, render_template_string, request, session

NOTES = 60

app = Flask(__name__)
app.secret_key = "not a secret"
database = os.path.join(tempfile.mkdtemp(prefix="notes-", dir=os.path.dirname(os.path.abspath(__file__))), "notes.db")
lock = threading.Lock()
counted = {"requests": 0, "paths": {}}


def seed():
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT)")
        for i in range(1, NOTES + 1):
            db.execute("INSERT INTO notes VALUES (?, ?, ?)", (i, f"Note {i}", f"The ice was {i} cm thick – good."))


seed()


def query(sql, *args):
    if "db" not in g:
        g.db = sqlite3.connect(database)
    return g.db.execute(sql, args).fetchall()


@app.teardown_appcontext
def close(_):
    db = g.pop("db", None)
    if db is not None:
        db.close()


@app.before_request
def count():
    # The path as it stood in the request line: uWSGI and gunicorn name it differently.
    raw = (request.environ.get("REQUEST_URI") or request.environ["RAW_URI"]).split("?")[0]
    if raw == "/-/count":
        return
    with lock:
        counted["requests"] += 1
        counted["paths"][raw] = counted["paths"].get(raw, 0) + 1


@app.get("/-/count")
def tell():
    with lock:
        body = json.dumps(counted)
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>{{ title }}</h1>{{ body|safe }}{% if user %}<p>Hello {{ user }}</p>{% endif %}</body></html>
"""


def page(title, body):
    # A session that is not read sends no Vary: Cookie, so it is asked for by cookie only.
    user = session.get("user") if app.config["SESSION_COOKIE_NAME"] in request.cookies else None
    return render_template_string(PAGE, title=title, body=body, user=user)


@app.get("/")
def home():
    rows = query("SELECT id, title FROM notes ORDER BY id")
    links = "".join(f'<li><a href="/notes/{id}">{title}</a>' for id, title in rows)
    return page("Notes", f'<ul>{links}</ul><p><a href="/caf%C3%A9%20notes">café</a> <a href="/login">log in</a> <a href="/api/notes">API</a> <a href="/slash">slash</a>')


@app.get("/notes/<int:number>")
def note(number):
    rows = query("SELECT title, body FROM notes WHERE id = ?", number)
    if not rows:
        abort(404)
    return page(rows[0][0], f"<p>{rows[0][1]}</p>")


@app.get("/café notes")
def cafe():
    return page("Café", "<p>Crème.</p>")


@app.get("/slash/")
def slash():
    return page("Slash", '<p><a href="../">up</a>')


@app.get("/api/notes")
def api():
    return {"notes": [row[0] for row in query("SELECT title FROM notes ORDER BY id")]}


@app.get("/style.css")
def style():
    return Response("body { font-family: sans-serif }\n", mimetype="text/css")


@app.route("/login", methods=["GET", "POST"])
def login():
    session["user"] = request.form.get("user", "")
    return redirect("/") if request.method == "POST" else page("Log in", '<form method="post"><input name="user"></form>')


@app.route("/echo", methods=["GET", "POST", "PUT"])
@app.route("/echo/<path:rest>", methods=["GET", "POST", "PUT"])
def echo(rest=""):
    """What the server in front passed on; it must be as without icecap."""
    names = ("REQUEST_METHOD", "REQUEST_URI", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "REMOTE_ADDR", "wsgi.url_scheme", "SCRIPT_NAME")
    told = {name: request.environ.get(name, "") for name in names}
    told["body"] = request.get_data(as_text=True)
    return Response(json.dumps(told), mimetype="application/json", headers={"Cache-Control": "no-store"})


seen = threading.Semaphore(0)


@app.get("/events")
def events():
    """Three events, each only after somebody has said that the last one was seen."""

    def stream():
        for i in range(3):
            yield f"data: {i}\n\n"
            seen.acquire(timeout=30)

    return Response(stream(), mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@app.post("/events/seen")
def event_seen():
    seen.release()
    return "", 204
