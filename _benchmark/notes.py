"""Notes on PostgreSQL: the app whose server is tuned. A page is one query and a
template, as a small Flask app does them; DSN says where the database is. It logs as
SQLAlchemy does, into LOG_FILE: at INFO each request and each query with its
parameters and time (echo=True), at DEBUG each row too (echo="debug"); LOG says from
which level on."""
import logging
import os
import threading
import time

import psycopg2
from flask import Flask, render_template_string, request

local = threading.local()
app = Flask(__name__)
log = logging.getLogger("notes")
logging.basicConfig(
    filename=os.environ.get("LOG_FILE", os.devnull),
    level=os.environ.get("LOG", "WARNING").upper(),
    format="%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s",
)

PAGE = """<!doctype html><html lang=en><head><meta charset=utf-8><title>Notes</title></head><body><ul>
{% for row in rows %}<li id="n{{ row[0] }}">{{ row[1] }}: {{ row[2] }}</li>{% endfor %}</ul></body></html>"""


def select(query, *parameters):
    if not hasattr(local, "connection"):
        local.connection = psycopg2.connect(os.environ["DSN"])
        local.connection.autocommit = True
    with local.connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    log.info(query)
    log.info("[%.5f s] %r", time.perf_counter() - start, parameters)
    if log.isEnabledFor(logging.DEBUG):
        for row in rows:
            log.debug("Row %r", row)
    return rows


@app.after_request
def logged(response):
    log.info("%s %s %s %s", request.remote_addr, request.method, request.full_path, response.status)
    return response


@app.route("/")
def home():
    return render_template_string(PAGE, rows=select("select id, title, body from note order by id limit %s", 20))
