"""A headless Chromium, driven by the DevTools protocol over two pipes: nothing but Python's own library is needed."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time


def find():
    """The browser's path; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


class Browser:
    """One page. Everything that it asks for, and everything that its console says, is kept."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="nabla-browser-")
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        arguments = [
            program, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run",
            "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars", "--font-render-hinting=none",
            # A name that is looked up would leave this machine.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")

        def place():
            # The protocol's descriptors are 3 and 4. High copies first: one of the four may be 3 or 4 itself.
            read, write = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read, 13), os.dup2(write, 14)
            os.dup2(13, 3), os.dup2(14, 4)

        self.process = subprocess.Popen(
            arguments + ["about:blank"], close_fds=False, preexec_fn=place, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser), os.close(from_browser)
        self.number, self.buffer = 0, b""
        self.console, self.requests = [], []
        targets = self.call("Target.getTargets", session=None)["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", session=None, targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write_end), os.close(self.read_end)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session="page", **parameters):
        """Sends a command and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session == "page":
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.read_end, 1 << 20)
            if not part:
                raise RuntimeError("the browser has ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        parameters = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                self.console.append(details.get("exception", {}).get("description", details["text"]))
            case "Log.entryAdded":
                if parameters["entry"]["level"] in ("error", "warning"):
                    self.console.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
            case "Runtime.consoleAPICalled":
                if parameters["type"] in ("error", "warning", "assert"):
                    self.console.append(str([value.get("value") for value in parameters["args"]]))
        return message

    def value(self, expression):
        """The value of a JavaScript expression on the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, expression, seconds=20):
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while not self.value(expression):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: {expression}\n{self.value('document.body.innerText')}")
            time.sleep(0.03)

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def look(self, width, height, scheme="light", phone=False):
        """Sets the window's size and whether colours are light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1,
            mobile=phone)
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)
        self.call(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        time.sleep(0.3)

    def box(self, selector):
        """Left, top, width and height of an element, which is scrolled into view."""
        return self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            " const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()")

    def mouse(self, kind, x, y, down=True):
        self.call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left" if down else "none",
            buttons=1 if down else 0, clickCount=1 if kind != "mouseMoved" else 0)

    def click(self, selector):
        left, top, width, height = self.box(selector)
        x, y = left + width / 2, top + height / 2
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def draw(self, selector, strokes):
        """Draws strokes with the mouse, in units of an element's side."""
        left, top, width, height = self.box(selector)
        for stroke in strokes:
            points = [(left + x * width, top + y * height) for x, y in stroke]
            self.mouse("mousePressed", *points[0])
            for point in points[1:]:
                self.mouse("mouseMoved", *point)
            self.mouse("mouseReleased", *points[-1])

    def touch(self, selector, strokes):
        """Draws strokes with a finger."""
        left, top, width, height = self.box(selector)
        for stroke in strokes:
            for kind, (x, y) in [("touchStart", stroke[0])] + [("touchMove", point) for point in stroke[1:]]:
                self.call(
                    "Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": left + x * width, "y": top + y * height}])
            self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, key, shift=False):
        code = {" ": "Space"}.get(key, key if len(key) > 1 else f"Digit{key}")
        names = {"key": key, "code": code, "modifiers": 8 if shift else 0}
        virtual = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Backspace": 8, "Tab": 9, " ": 32}
        names["windowsVirtualKeyCode"] = virtual.get(key, ord(key[0]))
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", **names)
        self.call("Input.dispatchKeyEvent", type="keyUp", **names)

    def picture(self, path, whole=True):
        """Writes a screenshot as PNG; of the whole page, or of what the window shows."""
        self.value("scrollTo(0, 0)")
        time.sleep(0.2)
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
