"""Figure of the outlook of one patient: expected pain by day for every way to go on."""

from __future__ import annotations

from sim.learn.outlook import Outlook
from sim.report.drawing.appearance import NOTE_SIZE, SOFT, look_at, settings
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source, frame
from sim.report.drawing.row_chart import spanning

HEIGHT = 190.0
ROW = 16.0


def outlook_figures(found: Outlook) -> tuple[FigureFile, ...]:
    """Return the figure."""
    with settings():
        return (_figure(found),)


def _figure(found: Outlook) -> FigureFile:
    title = "Expected pain, day by day"
    sheet = Sheet(title, "Line: mean pain in points of people with such readings. Marks tell the ways to go on apart.")
    days = [one.day for one in found.ways[0].expected]
    highest = max(one.pain.estimate for way in found.ways for one in way.expected)
    ticks_y = [float(k) for k in range(0, 11, 2) if k - 2 < highest + 0.5]
    box = (LEFT + 22, sheet.y + 6, RIGHT - 8, sheet.y + 6 + HEIGHT)
    ticks_x = [t for t in spanning([float(days[-1])], include=(float(days[0]),), about=6) if days[0] <= t <= days[-1]]
    plot = frame(
        sheet, box, ticks_x, ticks_y, x_limits=(float(days[0]), float(days[-1])), x_title="days since the first visit"
    )
    sheet.y = box[3] + 40
    for k, way in enumerate(found.ways):
        look = look_at(k, way.name, way.label)
        at = [(plot.x(float(one.day)), plot.y(one.pain.estimate)) for one in way.expected]
        sheet.line([x for x, _ in at], [y for _, y in at], look.colour, 1.8, look.line)
        for x, y in at[k % 3 :: 4]:
            sheet.look(x, y, look)
        sheet.look(LEFT + 8, sheet.y - 4, look)
        end, last = way.expected[-1].pain.estimate, way.expected[-1].day
        sheet.text(LEFT + 20, sheet.y, way.label)
        sheet.text(
            RIGHT,
            sheet.y,
            f"{end:.1f} points on day {last}",
            size=NOTE_SIZE,
            colour=SOFT,
            align="right",
        )
        sheet.y += ROW
    said = "; ".join(
        f"{way.label} from {way.expected[0].pain.estimate:.1f} to {way.expected[-1].pain.estimate:.1f}"
        for way in found.ways
    )
    return FigureFile(
        "outlook", "summary", title, f"Mean expected pain in points by day: {said}.",
        "Means of many people; a single reading scatters by a point or two about them.",
        sheet.finish(), Source("summary"),
    )  # fmt: skip
