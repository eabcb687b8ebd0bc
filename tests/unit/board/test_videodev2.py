"""Numbers and layouts against the header of the machine's own kernel."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from node.board import videodev2 as v4l2
from node.media import Size

HEADER = Path("/usr/include/linux/videodev2.h")
SIZES = {
    "v4l2_capability": v4l2.CAPABILITY,
    "v4l2_fmtdesc": v4l2.FMTDESC,
    "v4l2_format": v4l2.FORMAT,
    "v4l2_frmsizeenum": v4l2.FRMSIZEENUM,
    "v4l2_frmivalenum": v4l2.FRMIVALENUM,
    "v4l2_requestbuffers": v4l2.REQUESTBUFFERS,
    "v4l2_buffer": v4l2.BUFFER,
    "v4l2_plane": v4l2.PLANE,
    "v4l2_control": v4l2.CONTROL,
    "v4l2_streamparm": v4l2.STREAMPARM,
    "v4l2_dv_timings": v4l2.DV_TIMINGS,
    "v4l2_event": v4l2.EVENT,
    "v4l2_edid": v4l2.EDID,
    "v4l2_input": v4l2.INPUT,
    "v4l2_event_subscription": v4l2.EVENT_SUBSCRIPTION,
}
LEVELS = {
    f"V4L2_MPEG_VIDEO_H264_LEVEL_{ten // 10}_{ten % 10}": number
    for ten, number in v4l2.H264_LEVELS.items()
}
NUMBERS = {name: value for name, value in vars(v4l2).items() if re.match(r"(VIDIOC|V4L2)_", name)}
NUMBERS |= LEVELS
FILLED = """
  struct v4l2_format f = {0};
  f.type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
  f.fmt.pix_mp.width = 1280; f.fmt.pix_mp.height = 720;
  f.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_YUV420;
  f.fmt.pix_mp.field = V4L2_FIELD_NONE; f.fmt.pix_mp.colorspace = V4L2_COLORSPACE_REC709;
  f.fmt.pix_mp.plane_fmt[0].sizeimage = 11; f.fmt.pix_mp.plane_fmt[0].bytesperline = 22;
  f.fmt.pix_mp.num_planes = 1; f.fmt.pix_mp.ycbcr_enc = V4L2_YCBCR_ENC_709;
  f.fmt.pix_mp.quantization = V4L2_QUANTIZATION_LIM_RANGE;
  f.fmt.pix_mp.xfer_func = V4L2_XFER_FUNC_709;
  show("format", &f, sizeof f);
  struct v4l2_format c = {0};
  struct v4l2_pix_format *pix = &c.fmt.pix;
  c.type = 1; pix->width = 2; pix->height = 3; pix->pixelformat = 4; pix->field = 5;
  pix->bytesperline = 6; pix->sizeimage = 7; pix->colorspace = 8; pix->priv = 9; pix->flags = 10;
  pix->ycbcr_enc = 11; pix->quantization = 12; pix->xfer_func = 13;
  show("camera_format", &c, sizeof c);
  struct v4l2_format m = {0};
  struct v4l2_pix_format_mplane *two = &m.fmt.pix_mp;
  m.type = 1; two->width = 2; two->height = 3; two->pixelformat = 4; two->field = 5;
  two->colorspace = 6; two->plane_fmt[0].sizeimage = 7; two->plane_fmt[0].bytesperline = 8;
  two->plane_fmt[1].sizeimage = 9; two->plane_fmt[1].bytesperline = 10; two->num_planes = 11;
  two->flags = 12; two->ycbcr_enc = 13; two->quantization = 14; two->xfer_func = 15;
  show("camera_format_mplane", &m, sizeof m);
  struct v4l2_dv_timings d = {0};
  struct v4l2_bt_timings *bt = &d.bt;
  d.type = 1; bt->width = 2; bt->height = 3; bt->interlaced = 4; bt->polarities = 5;
  bt->pixelclock = 6; bt->hfrontporch = 7; bt->hsync = 8; bt->hbackporch = 9;
  bt->vfrontporch = 10; bt->vsync = 11; bt->vbackporch = 12; bt->il_vfrontporch = 13;
  bt->il_vsync = 14; bt->il_vbackporch = 15; bt->standards = 16; bt->flags = 17;
  bt->picture_aspect.numerator = 18; bt->picture_aspect.denominator = 19; bt->cea861_vic = 20;
  bt->hdmi_vic = 21;
  show("dv_timings", &d, sizeof d);
  struct v4l2_input n = {0};
  n.index = 1; n.name[0] = 2; n.type = 3; n.audioset = 4; n.tuner = 5; n.std = 6; n.status = 7;
  n.capabilities = 8;
  show("input", &n, sizeof n);
  struct v4l2_edid e = {0};
  e.pad = 1; e.start_block = 2; e.blocks = 3; e.edid = (void *)4;
  show("edid", &e, sizeof e);
  struct v4l2_frmsizeenum z = {0};
  z.index = 1; z.pixel_format = 2; z.type = 3; z.stepwise.min_width = 4; z.stepwise.max_width = 5;
  z.stepwise.step_width = 6; z.stepwise.min_height = 7; z.stepwise.max_height = 8;
  z.stepwise.step_height = 9;
  show("sizes", &z, sizeof z);
  struct v4l2_frmivalenum i = {0};
  i.index = 1; i.pixel_format = 2; i.width = 3; i.height = 4; i.type = 5;
  i.stepwise.min.numerator = 6; i.stepwise.min.denominator = 7; i.stepwise.max.numerator = 8;
  i.stepwise.max.denominator = 9; i.stepwise.step.numerator = 10;
  i.stepwise.step.denominator = 11;
  show("rates", &i, sizeof i);
  struct v4l2_buffer b = {0};
  b.index = 1; b.type = 2; b.bytesused = 3; b.flags = 4; b.field = 5; b.timestamp.tv_sec = 6;
  b.timestamp.tv_usec = 7; b.sequence = 8; b.memory = 9; b.m.planes = (void *)10; b.length = 11;
  show("buffer", &b, sizeof b);
  struct v4l2_plane p = {0};
  p.bytesused = 1; p.length = 2; p.m.mem_offset = 3; p.data_offset = 4;
  show("plane", &p, sizeof p);
  struct v4l2_streamparm s = {0};
  s.type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
  s.parm.output.timeperframe.numerator = 1; s.parm.output.timeperframe.denominator = 30;
  show("streamparm", &s, sizeof s);
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a C program says of the header, by name."""
    compiler = shutil.which("cc")
    if compiler is None or not HEADER.exists():
        pytest.skip("no C compiler, or no <linux/videodev2.h>")
    folder = tmp_path_factory.mktemp("videodev2")
    lines = [
        f'printf("{name} %lu\\n", (unsigned long)({name}) & 0xffffffffUL);' for name in NUMBERS
    ]
    lines += [f'printf("{name} %zu\\n", sizeof(struct {name}));' for name in SIZES]
    source = folder / "ask.c"
    source.write_text(
        "#include <stdio.h>\n#include <linux/videodev2.h>\n"
        "static void show(const char *name, const void *at, size_t n) {\n"
        '  printf("%s ", name);\n'
        '  for (size_t i = 0; i < n; i++) printf("%02x", ((const unsigned char *)at)[i]);\n'
        '  printf("\\n");\n}\n'
        "int main(void) {\n" + "\n".join(lines) + FILLED + "return 0; }\n"
    )
    subprocess.run([compiler, "-o", folder / "ask", source], check=True, capture_output=True)
    out = subprocess.run([folder / "ask"], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in out.splitlines())


def test_every_number_is_the_headers(said: dict[str, str]):
    assert len(NUMBERS) > 30
    assert {name: int(said[name]) for name in NUMBERS} == NUMBERS


def test_every_layout_has_the_headers_size(said: dict[str, str]):
    assert {name: int(said[name]) for name in SIZES} == {n: one.size for n, one in SIZES.items()}


def test_a_format_is_laid_out_as_the_compiler_does(said: dict[str, str]):
    wanted = v4l2.PixelFormat(Size(1280, 720), v4l2.V4L2_PIX_FMT_YUV420, 11, 22)
    made = v4l2.format_of(v4l2.V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, wanted)
    assert made.hex() == said["format"]
    assert v4l2.read_format(made) == wanted


def test_what_a_camera_lists_is_laid_out_as_the_compiler_does(said: dict[str, str]):
    assert v4l2.CAMERA_FORMAT.pack(*range(1, 14)).hex() == said["camera_format"]
    assert v4l2.CAMERA_FORMAT_MPLANE.pack(*range(1, 16)).hex() == said["camera_format_mplane"]
    assert v4l2.DV_TIMINGS.pack(*range(1, 22)).hex() == said["dv_timings"]
    assert v4l2.FRMSIZEENUM.pack(*range(1, 10)).hex() == said["sizes"]
    assert v4l2.FRMIVALENUM.pack(*range(1, 12)).hex() == said["rates"]


def test_an_input_and_its_edid_are_laid_out_as_the_compiler_does(said: dict[str, str]):
    assert v4l2.INPUT.pack(1, b"\2", 3, 4, 5, 6, 7, 8).hex() == said["input"]
    assert v4l2.EDID.pack(1, 2, 3, 4).hex() == said["edid"]


def test_a_buffer_and_a_plane_are_laid_out_as_the_compiler_does(said: dict[str, str]):
    assert v4l2.BUFFER.pack(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0).hex() == said["buffer"]
    assert v4l2.PLANE.pack(1, 2, 3, 4).hex() == said["plane"]


def test_a_frame_rate_is_laid_out_as_the_compiler_does(said: dict[str, str]):
    output = v4l2.V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
    assert v4l2.STREAMPARM.pack(output, 0, 0, 1, 30).hex() == said["streamparm"]
