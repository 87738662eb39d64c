"""From a change to the picture of it, as the page sees it: median of 50 on a photo of 256² and on one of 12 megapixels, and
from pen-up for lines that are drawn; frames a second with 500 strokes."""

import pathlib
import shutil
import statistics
import sys
import tempfile

from conftest import EXAMPLES, Studio, browser
from test_studio import FACE, MOUTH, write_png

WATCH = """
const done = arguments[arguments.length - 1];
const result = document.querySelector('#result');
const seen = (start, isThere) => {
  const check = () => { if (isThere()) { observer.disconnect(); done(performance.now() - start); } };
  const observer = new MutationObserver(check);
  observer.observe(result, { attributes: true });
  check();
};
"""
CHANGE = WATCH + """
const start = performance.now();
window.studio.setText(arguments[0]);
const version = String(window.studio.version());
seen(start, () => result.dataset.version === version);
"""
# The events of a pen, without WebDriver's own time between them.
DRAW = WATCH + """
const canvas = document.querySelector('#canvas');
const event = (type, x, y) => {
  const at = window.studio.photoToClient(x, y);
  canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, isPrimary: true, button: 0, buttons: type === 'pointerup' ? 0 : 1, clientX: at.x, clientY: at.y, bubbles: true }));
};
canvas.setPointerCapture = () => {};
const points = arguments[0];
const before = window.studio.version();
event('pointerdown', ...points[0]);
for (const p of points.slice(1)) event('pointermove', ...p);
const start = performance.now();
event('pointerup', ...points.at(-1));
seen(start, () => window.studio.version() > before && result.dataset.version === String(window.studio.version()));
"""
FRAMES = """
const done = arguments[arguments.length - 1];
const canvas = document.querySelector('#canvas');
const box = canvas.getBoundingClientRect();
let frames = 0; const start = performance.now();
const step = () => {
  frames += 1;
  canvas.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, clientX: box.left + 100 + frames % 200, clientY: box.top + 200, bubbles: true }));
  if (performance.now() - start < 2000) requestAnimationFrame(step); else done(frames / 2);
};
requestAnimationFrame(step);
"""


def measure(driver, side, count):
    folder = pathlib.Path(tempfile.mkdtemp())
    k = side / 256
    text = FACE.replace("(97, 120), (158, 120) mouth (127, 187)", f"({97 * k:.0f}, {120 * k:.0f}), ({158 * k:.0f}, {120 * k:.0f}) mouth ({127 * k:.0f}, {187 * k:.0f})")
    if side == 256:
        shutil.copy(EXAMPLES / "sunglasses/portrait.png", folder)
    else:
        write_png(folder / "portrait.png", side)
    (folder / "edit.fedit").write_text(text)
    studio = Studio(folder, "edit.fedit", driver).open().settled(seconds=120)
    typed, drawn = [], []
    for number in range(count):
        typed.append(driver.execute_async_script(CHANGE, text.replace("0.55, 0.3", f"0.55, {0.3 + number % 9 * 0.002:.3f}")))
    studio.tool("sketch")
    for number in range(count):
        studio.set_text(text).settled("screen")
        drawn.append(driver.execute_async_script(DRAW, [(x * k, (y + number % 7) * k) for x, y in MOUTH]))
    for name, times in [("a number typed", typed), ("pen up", drawn)]:
        print(f"{side}×{side}, {name} to picture: median {statistics.median(times):.0f} ms of {count}, {min(times):.0f} to {max(times):.0f} ms")
    driver.get("about:blank")
    studio.end()
    shutil.rmtree(folder)


def frames(driver):
    folder = pathlib.Path(tempfile.mkdtemp())
    shutil.copy(EXAMPLES / "sunglasses/portrait.png", folder)
    strokes = "".join(f"    sketch curve(({i % 25 * 10}, {i // 25 * 12}), ({i % 25 * 10 + 4}, {i // 25 * 12 + 5}), ({i % 25 * 10 + 9}, {i // 25 * 12 + 1}))\n" for i in range(500))
    (folder / "many.fedit").write_text(f'fedit 1\n\nphoto "portrait.png"\n\nedit "many" {{\n{strokes}}}\n')
    studio = Studio(folder, "many.fedit", driver).open().settled()
    print(f"500 strokes: {driver.execute_async_script(FRAMES):.0f} frames a second while the pointer moves")
    driver.get("about:blank")
    studio.end()
    shutil.rmtree(folder)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    driver = browser()
    driver.set_script_timeout(120)
    try:
        measure(driver, 256, count)
        measure(driver, 3464, count)
        frames(driver)
    finally:
        driver.quit()
