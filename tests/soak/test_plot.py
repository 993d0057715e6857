"""The picture of a soak is well-formed, and its curves are inside their panels."""

from xml.etree import ElementTree as ET

from bench.soak_load.plot import HEIGHT, LEFT, TOP, WIDTH, svg

SPACE = "{http://www.w3.org/2000/svg}"


def test_curves_are_inside_their_panel_and_gaps_are_left_out() -> None:
    picture = ET.fromstring(svg("a < b", [1.0, 2.0, 4.0], {"MB": {"server": [10.0, None, 20.0]}}))
    (curve,) = picture.iter(f"{SPACE}polyline")
    points = [tuple(map(float, each.split(","))) for each in curve.attrib["points"].split()]
    assert len(points) == 2
    assert points[-1] == (LEFT + WIDTH, TOP + 20)
    assert all(TOP + 20 <= y <= TOP + 20 + HEIGHT for _, y in points)


def test_an_empty_soak_has_a_picture_as_well() -> None:
    assert ET.fromstring(svg("nothing", [], {"MB": {"server": []}})).tag == f"{SPACE}svg"
