"""A studio and a Chromium for each test."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.mouse_button import MouseButton
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FEDIT = os.environ.get("FEDIT", str(ROOT / ".build/release/fedit"))
EXAMPLES = ROOT / "Examples"


def browser(width=1280, height=720, downloads=None):
    """A headless Chromium of Debian's."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", f"--window-size={width},{height}"]:
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    # What is seen of the page has just this size.
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    driver.downloads = downloads
    if downloads:
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    return driver


class Studio:
    """`fedit studio` on a file, and a window that shows it."""

    def __init__(self, folder, file, driver, *flags):
        self.folder = folder
        self.driver = driver
        self.script = folder / file
        self.process = subprocess.Popen(
            [FEDIT, "studio", str(file), "--no-open", *flags], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"studio: (http://127\.0\.0\.1:(\d+)/#[0-9a-f]{64})\n", line)
        assert match, line
        self.address = match[1]
        self.port = int(match[2])

    def open(self):
        self.driver.get("about:blank")
        self.driver.get(self.address)
        self.until("return !!window.studio && document.title !== 'fedit studio'")
        return self

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def until(self, condition, seconds=20, *arguments):
        """Waits until a script returns something true, and returns it."""
        end = time.monotonic() + seconds
        while True:
            value = self.js(condition, *arguments)
            if value:
                return value
            assert time.monotonic() < end, f"{condition}: not within {seconds} s; the page says: {self.status!r}"
            time.sleep(0.01)

    @property
    def status(self):
        return self.js("return document.querySelector('#status').textContent")

    @property
    def text(self):
        return self.js("return window.studio.text()")

    def set_text(self, text):
        self.js("window.studio.setText(arguments[0])", text)
        return self

    def settled(self, stage="full", seconds=30):
        """Waits for the picture of the text as it is now."""
        self.until(
            "const r = document.querySelector('#result'); return r.dataset.version === String(window.studio.version()) && (arguments[0] !== 'full' || r.dataset.stage === 'full')",
            seconds, stage)
        return self

    def changed(self, before, seconds=10):
        """Waits until the text is another one, and returns it."""
        self.until("return window.studio.text() !== arguments[0]", seconds, before)
        return self.text

    def client(self, x, y):
        """A place of the photo in the window."""
        place = self.js("return window.studio.photoToClient(arguments[0], arguments[1])", x, y)
        return place["x"], place["y"]

    def tool(self, name):
        self.driver.find_element(By.CSS_SELECTOR, f"[data-tool={name}]").click()

    def stroke(self, points, kind="mouse"):
        """Draws a line through places of the photo, as a hand does: with moves between."""
        pointer = PointerInput(kind, "hand")
        actions = ActionBuilder(self.driver, mouse=pointer, duration=4)
        places = [self.client(x, y) for x, y in points]
        actions.pointer_action.move_to_location(round(places[0][0]), round(places[0][1]))
        actions.pointer_action.pointer_down(MouseButton.LEFT)
        for x, y in places[1:]:
            actions.pointer_action.move_to_location(round(x), round(y))
        actions.pointer_action.pointer_up(MouseButton.LEFT)
        actions.perform()

    def click(self, x, y):
        self.stroke([(x, y)])

    def keys(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def chord(self, key, *modifiers):
        chain = ActionChains(self.driver)
        for modifier in modifiers:
            chain.key_down(modifier)
        chain.send_keys(key)
        for modifier in reversed(modifiers):
            chain.key_up(modifier)
        chain.perform()

    def undo(self):
        self.chord("z", Keys.CONTROL)

    def save(self):
        self.chord("s", Keys.CONTROL)
        self.until("return document.querySelector('#unsaved').hidden")

    def focus_canvas(self):
        self.js("document.querySelector('#canvas').focus()")

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        output = self.process.communicate(timeout=20)[0]
        return self.process.returncode, output


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    driver = browser(downloads=tmp_path_factory.mktemp("downloads"))
    yield driver
    driver.quit()


@pytest.fixture
def start(chromium, tmp_path):
    """Starts studios on files of a folder; they end with the test."""
    started = []

    def begin(text=None, name="edit.fedit", example="sunglasses", flags=(), folder=tmp_path):
        if not (folder / "portrait.png").exists():
            shutil.copy(EXAMPLES / example / "portrait.png", folder)
        if text is not None:
            (folder / name).write_text(text)
        studio = Studio(folder, name, chromium, *flags)
        started.append(studio)
        return studio.open()

    yield begin
    chromium.get("about:blank")
    for studio in started:
        if studio.process.poll() is None:
            studio.process.kill()
            studio.process.communicate()
