"""The page by mouse and keyboard, in a real Chromium."""

import math
import re
import subprocess
import time
import zlib

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import FEDIT

FACE = """fedit 1

// A portrait to draw on.
photo "portrait.png"
face eyes (97, 120), (158, 120) mouth (127, 187)

edit "mouth" {
    seed 3
    in face {
        mask ellipse((0, 1.05), (0.55, 0.3)) as "around"
    }
}

save "portrait-mouth.png"
"""
MOUTH = [(102, 188), (108, 184), (115, 182), (122, 184), (128, 185), (134, 183), (141, 182), (148, 185), (153, 188)]


def statement(studio, layer="sketch"):
    """The text of the last statement that draws into a layer."""
    span = studio.until("return window.studio.strokes().filter((s) => s.layer === arguments[0]).at(-1)?.span", 20, layer)
    return studio.text[span[0] : span[1]]


def numbers(text):
    return re.findall(r"-?\d+(?:\.\d+)?", text)


def select(studio, line):
    """Selects what the script draws on a line, by the caret."""
    offset = sum(len(l) + 1 for l in studio.text.split("\n")[: line - 1]) + len(studio.text.split("\n")[line - 1]) - 1
    studio.js("const s = document.querySelector('#script'); s.focus(); s.setSelectionRange(arguments[0], arguments[0])", offset)
    studio.until("return document.querySelector('#selection .trail') !== null")


def line_of(text, part):
    return next(i for i, l in enumerate(text.split("\n"), 1) if part in l)


def with_mouth(start):
    """A studio in which a mouth was sketched, the text before, and the text with it."""
    studio = start(FACE).settled()
    first = studio.text
    studio.tool("sketch")
    studio.stroke(MOUTH)
    drawn = studio.changed(first)
    return studio.settled(), first, drawn


def test_draw_change_drag_redraw_undo_save(start):
    # A mouth is drawn: one statement is added, at the end of the innermost block, and nothing else.
    studio, first, drawn = with_mouth(start)
    mouth = statement(studio)
    assert re.fullmatch(r"sketch (curve|blob|line|ellipse)\([-\d.,()\s]+\)", mouth), mouth
    assert drawn.replace("\n        " + mouth, "", 1) == first
    assert drawn.index(mouth) > drawn.index('as "around"') and drawn.index(mouth) < drawn.index("    }\n")
    assert len(numbers(mouth)) <= 18

    # A number of it is changed in the text: the stroke moves.
    path = "return window.studio.strokes().find((s) => s.layer === 'sketch').path"
    before = studio.js(path)
    number = numbers(mouth)[0]
    changed = mouth.replace(number, f"{float(number) - 0.1:.3f}", 1)
    studio.set_text(drawn.replace(mouth, changed)).settled()
    assert studio.js(path) != before

    # A point of it is dragged inside 'in face': only that literal changes.
    typed = studio.text
    select(studio, line_of(typed, "sketch"))
    handle = studio.until("return window.studio.handles()[1]")
    studio.tool("select")
    studio.stroke([(handle["x"], handle["y"]), (handle["x"] + 3, handle["y"] - 4), (handle["x"] + 5, handle["y"] - 8)])
    dragged = studio.changed(typed)
    studio.settled()
    old, new = numbers(changed), numbers(statement(studio))
    assert len(old) == len(new) and [i for i in range(len(old)) if old[i] != new[i]] == [2, 3], (old, new)
    assert typed.replace(changed, "") == dragged.replace(statement(studio), "")

    # It is drawn over: only its points change.
    before = statement(studio)
    studio.tool("select")
    studio.stroke([(x, y + 4) for x, y in MOUTH])
    redrawn = studio.changed(dragged)
    studio.settled()
    assert redrawn.replace(statement(studio), "") == dragged.replace(before, "")
    assert statement(studio).split("(")[0] == before.split("(")[0]
    assert numbers(statement(studio)) != numbers(before)

    # Saved, git sees what was done and nothing else; 'fedit run' gives what the page exports.
    subprocess.run(["git", "init", "-q"], cwd=studio.folder, check=True)
    subprocess.run(["git", "add", "edit.fedit"], cwd=studio.folder, check=True)
    studio.save()
    diff = subprocess.run(["git", "diff", "-U0", "edit.fedit"], cwd=studio.folder, check=True, capture_output=True, text=True).stdout
    assert [l for l in diff.splitlines() if re.match(r"[+-](?![+-])", l)] == ["+" + l for l in ("        " + statement(studio)).split("\n")], diff
    exported = export(studio, "picture")
    assert exported.name == "portrait-mouth.png"
    subprocess.run([FEDIT, "run", "edit.fedit"], cwd=studio.folder, check=True, capture_output=True)
    assert (studio.folder / "portrait-mouth.png").read_bytes() == exported.read_bytes()

    # Four steps back: the file's first text, over both panes.
    for _ in range(4):
        studio.undo()
    assert studio.text == first
    studio.settled()


def test_a_chosen_stroke_is_redrawn_by_its_own_tool(start):
    studio, first, drawn = with_mouth(start)
    # Not chosen: another line beside it is another statement.
    studio.stroke([(x, y + 5) for x, y in MOUTH])
    studio.changed(drawn)
    studio.settled()
    assert studio.text.count("sketch ") == 2
    studio.undo()
    studio.settled()
    studio.tool("select")
    studio.click(128, 185)
    studio.until("return document.querySelector('#selection .trail') !== null")
    studio.tool("sketch")
    studio.stroke([(x, y + 5) for x, y in MOUTH])
    studio.changed(drawn)
    assert studio.text.count("sketch ") == 1


def export(studio, what):
    downloads = studio.driver.downloads
    for old in downloads.glob("*"):
        old.unlink()
    studio.js("document.querySelector('#export').open = true; document.querySelector(`[data-export=${arguments[0]}]`).click()", what)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        files = [f for f in downloads.glob("*") if not f.name.endswith(".crdownload") and f.stat().st_size]
        if files:
            return files[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing was downloaded; the page says {studio.status!r}")


def test_exports_are_what_the_commands_write(start):
    studio = start(FACE).settled()
    sheet = export(studio, "sheet").read_bytes()
    layers = export(studio, "layers").read_bytes()
    assert export(studio, "script").read_text() == FACE
    subprocess.run([FEDIT, "sheet", "edit.fedit", "-o", "sheet.png"], cwd=studio.folder, check=True, capture_output=True)
    subprocess.run([FEDIT, "layers", "edit.fedit", "-o", "layers.ora"], cwd=studio.folder, check=False, capture_output=True)
    assert sheet == (studio.folder / "sheet.png").read_bytes()
    assert layers[:2] == b"PK" and b"image/openraster" in layers[:100]


def test_undo_with_the_caret_in_the_text(start):
    studio = start(FACE).settled()
    first = studio.text
    studio.tool("sketch")
    studio.stroke(MOUTH)
    studio.changed(first)
    studio.js("const s = document.querySelector('#script'); s.focus(); s.setSelectionRange(s.value.length, s.value.length)")
    studio.keys("// word")
    assert studio.text.endswith("// word")
    studio.undo()
    studio.undo()
    assert studio.text == first
    studio.chord("z", Keys.CONTROL, Keys.SHIFT)
    assert studio.text != first


def test_broken_text_keeps_the_picture_and_says_why(start):
    studio = start(FACE).settled()
    version = studio.js("return document.querySelector('#result').dataset.version")
    studio.set_text(FACE.replace("mask ellipse", "maks ellipse"))
    studio.until("return document.querySelector('#problems li.error') !== null")
    assert "stale" in studio.driver.find_element(By.ID, "stage").get_attribute("class")
    assert studio.js("return document.querySelector('#result').dataset.version") == version
    broken = studio.text
    studio.tool("sketch")
    studio.stroke(MOUTH)
    assert "error" in studio.until("return document.querySelector('#status').textContent")
    assert studio.text == broken
    studio.set_text(FACE).settled()
    assert "stale" not in studio.driver.find_element(By.ID, "stage").get_attribute("class")


def test_reload_keeps_what_was_not_saved(start):
    studio = start(FACE).settled()
    changed = FACE.replace("seed 3", "seed 4")
    studio.set_text(changed).settled()
    studio.driver.refresh()
    studio.until("return !!window.studio && document.title !== 'fedit studio'")
    assert studio.text == changed
    studio.settled()
    assert studio.process.poll() is None


def test_a_killed_studio_loses_nothing(start):
    studio = start(FACE).settled()
    changed = FACE.replace("seed 3", "seed 5")
    studio.set_text(changed).settled()
    studio.process.kill()
    studio.process.communicate()
    assert (studio.folder / "edit.fedit").read_text() == FACE
    again = start(None)
    again.until("return document.querySelector('.notice') !== null")
    assert again.text == FACE
    [button] = [b for b in again.driver.find_elements(By.CSS_SELECTOR, ".notice button") if b.text == "Restore"]
    button.click()
    assert again.text == changed
    again.save()
    assert (again.folder / "edit.fedit").read_text() == changed
    assert not list(again.folder.glob(".*.unsaved"))


def test_a_change_from_outside_is_not_overwritten(start):
    studio = start(FACE).settled()
    # Nothing unsaved here: it is taken over, as a step that can be undone.
    theirs = FACE.replace("seed 3", "seed 8")
    studio.script.write_text(theirs)
    studio.until("return window.studio.text() === arguments[0]", 10, theirs)
    # Changed on both sides: nobody's work is lost without being asked.
    mine = theirs.replace("0.55", "0.5")
    studio.set_text(mine).settled()
    other = theirs.replace("seed 8", "seed 9")
    studio.script.write_text(other)
    studio.until("return [...document.querySelectorAll('.notice')].some((n) => n.textContent.includes('here, too'))")
    studio.chord("s", Keys.CONTROL)
    time.sleep(0.5)
    assert studio.script.read_text() == other and studio.text == mine
    [button] = [b for b in studio.driver.find_elements(By.CSS_SELECTOR, ".notice button") if b.text == "Keep mine"]
    button.click()
    studio.save()
    assert studio.script.read_text() == mine


def test_the_second_window_watches(start):
    studio = start(FACE).settled()
    driver = studio.driver
    first = driver.current_window_handle
    driver.switch_to.new_window("window")
    second = driver.current_window_handle
    studio.open()
    studio.until("return document.querySelector('#script').readOnly")
    driver.switch_to.window(first)
    changed = FACE.replace("seed 3", "seed 6")
    studio.set_text(changed).settled()
    driver.switch_to.window(second)
    studio.until("return window.studio.text() === arguments[0]", 10, changed)
    studio.settled()
    studio.js("window.studio.setText('nothing')")
    assert studio.text == changed
    # The first one goes: the second edits.
    driver.switch_to.window(first)
    driver.close()
    driver.switch_to.window(second)
    studio.until("return !document.querySelector('#script').readOnly")


def test_a_second_studio_on_one_file_is_refused(start):
    studio = start(FACE)
    other = subprocess.run([FEDIT, "studio", "edit.fedit", "--no-open"], cwd=studio.folder, capture_output=True, text=True, timeout=20)
    assert other.returncode == 73 and "open in another studio" in other.stderr


def test_closing_the_last_window_ends_it(start):
    studio = start(FACE).settled()
    studio.driver.get("about:blank")
    assert studio.process.wait(timeout=20) == 0


def test_ctrl_c_ends_it(start):
    studio = start(FACE).settled()
    studio.set_text(FACE.replace("seed 3", "seed 5")).settled()
    status, output = studio.end()
    assert status == 0 and ".edit.fedit.unsaved" in output
    assert sorted(f.name for f in studio.folder.iterdir()) == [".edit.fedit.unsaved", "edit.fedit", "portrait.png"]


def test_seeds_parameters_and_layers(start):
    text = FACE.replace('edit "mouth"', 'param size: number = 0.55 "width"\n\nedit "mouth"').replace("(0.55, 0.3)", "(size, 0.3)")
    studio = start(text).settled()
    studio.focus_canvas()
    studio.keys("r")
    assert "seed 4" in studio.text
    studio.settled()
    slider = "const s = document.querySelector('#params input[type=range]'); s.value = 0.4; s.dispatchEvent(new Event('input'))"
    studio.js(slider)
    assert 'param size: number = 0.4 "width"' in studio.text
    studio.settled()
    studio.driver.find_element(By.ID, "more-seeds").click()
    studio.until("return document.querySelectorAll('#seeds .thumb').length === 8", 30)
    studio.js("document.querySelectorAll('#seeds .thumb')[6].click()")
    assert "seed 7" in studio.text
    studio.undo()
    studio.undo()
    studio.undo()
    assert studio.text == text


def test_face_points_move_by_dragging(start):
    studio = start(FACE).settled()
    studio.tool("face")
    studio.stroke([(97, 120), (95, 121), (92, 124)])
    assert re.search(r"face eyes \(9[12](\.\d)?, 12[345](\.\d)?\), \(158, 120\) mouth \(127, 187\)", studio.text), studio.text
    studio.settled()
    studio.undo()
    assert studio.text == FACE


def test_a_photo_begins_a_script(start, tmp_path):
    studio = start(None, name="portrait.png")
    assert studio.text == 'fedit 1\n\nphoto "portrait.png"\n'
    studio.settled()
    assert not (tmp_path / "portrait.fedit").exists()
    studio.tool("sketch")
    studio.stroke(MOUTH)
    studio.changed('fedit 1\n\nphoto "portrait.png"\n')
    studio.save()
    assert (tmp_path / "portrait.fedit").read_text() == studio.text


def test_before_and_after(start):
    studio = start(FACE).settled()
    pixels = "return document.querySelector('#result').toDataURL()"
    after = studio.js(pixels)
    studio.focus_canvas()
    studio.js("document.querySelector('#canvas').dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', bubbles: true }))")
    time.sleep(0.2)
    assert studio.js(pixels) != after
    studio.js("document.querySelector('#canvas').dispatchEvent(new KeyboardEvent('keyup', { key: 'Tab', bubbles: true }))")
    time.sleep(0.2)
    assert studio.js(pixels) == after


def test_every_part_is_labelled_and_within_the_keyboard_s_reach(start):
    studio = start(FACE).settled()
    unnamed = studio.js("""
      return [...document.querySelectorAll('button, input, select, textarea, [role=slider], [role=separator]')]
        .filter((e) => e.offsetParent && !e.closest('#gutter'))
        .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.title || e.labels?.length))
        .map((e) => e.outerHTML)""")
    assert unnamed == []
    studio.focus_canvas()
    seen = set()
    for _ in range(6):
        seen.add(studio.js("return document.activeElement.closest('#script-pane, #stage, #tools, #panel, #strip, #bar')?.id"))
        studio.keys(Keys.F6)
    assert seen == {"script-pane", "stage", "tools", "panel", "strip", "bar"}


def test_names_and_texts_are_shown_as_text(start, tmp_path):
    name = "<img src=x onerror=document.title=1>.fedit"
    studio = start(FACE.replace("around", "<b>bold</b>"), name=name).settled()
    assert studio.driver.find_element(By.ID, "name").text == name
    assert studio.js("return document.querySelectorAll('b, img[src=x]').length") == 0


def test_a_photo_of_twelve_megapixels(start, tmp_path):
    side = 3464
    write_png(tmp_path / "portrait.png", side)
    k = side / 256
    text = FACE.replace("(97, 120), (158, 120) mouth (127, 187)", f"({97 * k:.0f}, {120 * k:.0f}), ({158 * k:.0f}, {120 * k:.0f}) mouth ({127 * k:.0f}, {187 * k:.0f})")
    studio = start(text).settled("screen", 60).settled(seconds=120)
    first = studio.text
    studio.tool("sketch")
    studio.stroke([(x * k, y * k) for x, y in MOUTH])
    studio.changed(first)
    studio.settled("screen", 60)
    assert studio.js("return document.querySelector('#result').dataset.stage") in ("screen", "full")
    studio.settled(seconds=120)


def write_png(path, side):
    """A picture with soft shades, as a photo has them, without a library."""
    waves = [bytes(int(128 + 60 * math.sin(x / 97) + 40 * math.sin(x / 31 + c)) & 0xFF for x in range(side) for c in range(3)) for _ in range(1)][0]
    rows = b"".join(b"\x00" + waves[(y % 64) * 3 :] + waves[: (y % 64) * 3] for y in range(side))

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def test_numbers_change_by_keys_and_by_scrubbing(start):
    studio = start(FACE).settled()
    offset = FACE.index("0.55") + 2
    studio.js("const s = document.querySelector('#script'); s.focus(); s.setSelectionRange(arguments[0], arguments[0])", offset)
    studio.chord(Keys.ARROW_UP, Keys.ALT)
    assert studio.text == FACE.replace("0.55", "0.56")
    studio.chord(Keys.ARROW_DOWN, Keys.ALT, Keys.SHIFT)
    assert studio.text == FACE.replace("0.55", "0.46")
    studio.undo()
    assert studio.text == FACE
    # The width of a character and of a row tell where the seed stands.
    place = studio.js("""
      const s = document.querySelector('#script'), box = s.getBoundingClientRect(), style = getComputedStyle(s);
      const context = document.createElement('canvas').getContext('2d');
      context.font = `${style.fontSize} ${style.fontFamily}`;
      const before = s.value.slice(0, s.value.indexOf('seed 3') + 5).split('\\n');
      return { x: box.left + parseFloat(style.paddingLeft) + context.measureText(before.at(-1)).width + 4,
               y: box.top + parseFloat(style.paddingTop) + (before.length - 0.5) * parseFloat(style.lineHeight) }""")
    for kind, x in [("mousePressed", 0), ("mouseMoved", 8), ("mouseMoved", 16), ("mouseReleased", 16)]:
        studio.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {
            "type": kind, "x": place["x"] + x, "y": place["y"], "button": "left", "buttons": 1, "clickCount": 1, "modifiers": 1})
    studio.until("return window.studio.text() === arguments[0]", 5, FACE.replace("seed 3", "seed 7"))
    studio.undo()
    assert studio.text == FACE


def test_completion_and_explanations_come_from_the_language_server(start):
    studio = start(FACE).settled()
    offset = FACE.index("    }\n}")
    studio.js("const s = document.querySelector('#script'); s.focus(); s.setSelectionRange(arguments[0], arguments[0])", offset)
    studio.keys("        sketch ell")
    studio.until("return [...document.querySelectorAll('#completion li')].some((l) => l.textContent.startsWith('ellipse'))")
    studio.keys(Keys.ENTER)
    studio.until("return window.studio.text().includes('sketch ellipse(')")


def test_a_dropped_picture_becomes_the_photo(start, tmp_path):
    studio = start("fedit 1\n", name="new.fedit")
    studio.until("return !document.querySelector('#empty').hidden")
    data = (tmp_path / "portrait.png").read_bytes()
    studio.js("""
      const file = new File([new Uint8Array(arguments[0])], '../../evil.png', { type: 'image/png' });
      const data = new DataTransfer();
      data.items.add(file);
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))""", list(data))
    assert studio.changed("fedit 1\n") == 'fedit 1\n\nphoto "photo.png"\n'
    assert (tmp_path / "photo.png").read_bytes() == data
    studio.settled()
