// One stream of events for all tabs of a browser.
"use strict";
const ports = new Set();
let last = "";
const source = new EventSource("/-/events");
source.onmessage = (event) => {
  last = event.data;
  for (const port of ports) port.postMessage(last);
};
onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = () => ports.delete(port); // the tab goes
  if (last) port.postMessage(last);
};
