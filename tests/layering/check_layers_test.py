#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That check_layers.py catches each kind of wrong include and SQL out of place, and passes what is right."""
import tempfile
import unittest
from pathlib import Path

from check_layers import check, main

GOOD = {
    "include/haetae/version.h": "",
    "include/haetae/trace.h": '#include "version.h"\n',
    "lib/base/bytes.h": "#include <stdint.h>\n",
    "lib/base/clock.h": "",
    "lib/wire/wire.h": '#include "base/bytes.h"\n',
    "lib/recorder/ring.h": '#include "wire/wire.h"\n',
    "lib/context/context.h": '#include "recorder/ring.h"\n#include <haetae/trace.h>\n',
    "lib/trace/span.h": '#include "context/context.h"\n',
    "lib/trace/span.c": '#include "span.h"\n#include "haetae/trace.h"\n',
    "lib/metrics/cell.h": '#include "context/context.h"\n',
    "lib/propagation/propagator.h": '#include "trace/span.h"\n#include "context/context.h"\n',
    "lib/pipeline/batch.c": '#include "recorder/ring.h"\n#include "otlp.pb-c.h"\n',
    "lib/sdk/sdk.h": '#include "trace/span.h"\n',
    "exporters/file/include/haetae/file.h": '#include "haetae/trace.h"\n',
    "exporters/file/file.h": "",
    "exporters/file/file.c":
        '#include "file.h"\n#include "haetae/file.h"\n#include "wire/wire.h"\n'
        '#include "base/bytes.h"\n#include "otlp.pb-c.h"\n',
    "exporters/otlp/loop.h": "",
    "exporters/otlp_grpc/grpc.c": '#include "otlp/loop.h"\n',
    "exporters/otlp_unpack/unpack.h": '#include "wire/wire.h"\n',
    "exporters/file/lines.c": '#include "otlp_unpack/unpack.h"\n',
    "tools/dump.c": '#include "otlp_unpack/unpack.h"\n',
    "examples/service.c": "#include <haetae/file.h>\n",
    "tools/haetae-view/main.c": '#include "receive/http.h"\n#include "show/screen.h"\n',
    "tools/haetae-view/receive/http.h": '#include "store/store.h"\n#include "api/api.h"\n',
    "tools/haetae-view/api/api.h": '#include "query/rows.h"\n',
    "tools/haetae-view/query/rows.h": '#include "store/store.h"\n',
    "tools/haetae-view/show/screen.h": '#include "store/store.h"\n#include "util/text.h"\n',
    "tools/haetae-view/store/store.h": '#include "util/text.h"\n#include "store/model.h"\n',
    "tools/haetae-view/store/model.h": "",
    "tools/haetae-view/util/text.h": '#include "base/bytes.h"\n',
    "tools/haetae-view/options.h": "",
    "tools/view.c": '#include "wire/wire.h"\n#include "base/bytes.h"\n#include <haetae/file.h>\n',
    "docs/architecture.md": """
```layers
sdk       ──► trace
propagation ──► trace context
trace     ──► context
metrics   ──► context
pipeline  ──► recorder
context   ──► recorder
recorder  ──► wire
wire      ──► base
base      ──►
```
""",
}


class CheckLayers(unittest.TestCase):
    def complaints_with_picture(self, old, new):
        """Of the good tree, with something replaced in the picture of the layers."""
        picture = GOOD["docs/architecture.md"].replace(old, new)
        return self.complaints({**GOOD, "docs/architecture.md": picture})

    def complaints(self, good=GOOD, **changes):
        """Of the good tree, with a line added to some files."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in good.items():
                path = Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text + changes.get(name, ""))
            for name, text in changes.items():
                path = Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if name not in good:
                    path.write_text(text)
            return check(root)[1]

    def assert_refused(self, name, included, why):
        complaints = self.complaints(**{name: f'#include "{included}"\n'})
        self.assertTrue(any(c.startswith(f"{name}: {included}: ") and why in c
                            for c in complaints), complaints)

    def test_right_includes_pass(self):
        self.assertEqual(self.complaints(), [])

    def test_a_lower_layer_must_not_include_a_higher_one(self):
        self.assert_refused("lib/base/clock.h", "wire/wire.h", "above")
        self.assert_refused("lib/recorder/ring.h", "sdk/sdk.h", "above")
        self.assert_refused("lib/trace/span.c", "sdk/sdk.h", "above")
        self.assert_refused("lib/trace/span.c", "propagation/propagator.h", "above")
        self.assert_refused("lib/context/context.h", "propagation/propagator.h", "above")

    def test_siblings_must_not_include_each_other(self):
        self.assert_refused("lib/trace/span.h", "metrics/cell.h", "siblings")
        self.assert_refused("lib/metrics/cell.h", "trace/span.h", "siblings")
        self.assert_refused("lib/pipeline/batch.c", "trace/span.h", "siblings")

    def test_an_unknown_layer_is_refused(self):
        self.assert_refused("lib/stuff/new.c", "base/bytes.h", "not a known layer")

    def test_public_headers_must_not_include_the_core(self):
        self.assert_refused("include/haetae/trace.h", "base/bytes.h", "public headers")
        self.assert_refused("include/haetae/trace.h", "otlp.pb-c.h", "public headers")

    def test_the_core_must_not_include_an_exporter(self):
        self.assert_refused("lib/sdk/sdk.h", "haetae/file.h", "the core")

    def test_the_core_does_no_http(self):
        complaints = self.complaints(**{"lib/sdk/sdk.h": "#include <curl/curl.h>\n"})
        self.assertEqual(len(complaints), 1, complaints)

    def test_an_exporter_sees_base_and_wire_of_the_core(self):
        self.assert_refused("exporters/file/file.c", "recorder/ring.h", "an exporter")

    def test_only_otlp_exporters_see_what_these_share(self):
        self.assert_refused("exporters/file/file.c", "otlp/loop.h", "an exporter")
        self.assert_refused("exporters/otlp/loop.h", "file/file.h", "an exporter")

    def test_an_exporter_must_not_include_another(self):
        self.assert_refused("exporters/other/other.c", "file/file.h", "shared modules")

    def test_a_shared_module_must_not_include_an_exporter(self):
        self.assert_refused("exporters/otlp_unpack/unpack.h", "file/file.h", "shared modules")

    def test_a_tool_sees_base_and_wire_of_the_core(self):
        self.assert_refused("tools/view.c", "recorder/ring.h", "a tool")
        self.assert_refused("tools/view.c", "file/file.h", "a tool")

    def test_a_folder_of_the_view_includes_those_below_it(self):
        self.assert_refused("tools/haetae-view/util/text.h", "store/store.h", "not below")
        self.assert_refused("tools/haetae-view/store/store.h", "show/screen.h", "not below")
        self.assert_refused("tools/haetae-view/show/screen.h", "options.h", "below it only")
        self.assert_refused("tools/haetae-view/new/new.c", "store/store.h", "below it only")

    def test_questions_in_the_view_know_neither_json_nor_otlp(self):
        self.assert_refused("tools/haetae-view/query/rows.h", "api/api.h", "not below")
        complaints = self.complaints(**{"tools/haetae-view/decode/a.h": "",
                                        "tools/haetae-view/query/b.c": '#include "decode/a.h"\n'})
        self.assertEqual(len(complaints), 1, complaints)

    def test_receiving_and_showing_in_the_view_are_apart(self):
        self.assert_refused("tools/haetae-view/show/screen.h", "receive/http.h", "not below")
        complaints = self.complaints(**{"tools/haetae-view/decode/a.h": "",
                                        "tools/haetae-view/show/b.c": '#include "decode/a.h"\n'})
        self.assertEqual(len(complaints), 1, complaints)

    def test_sql_in_the_view_stands_where_it_is_meant_to(self):
        sql = '/* "SELECT" */\nstatic const char sql[] = "only SELECT", *method = "DELETE"\n    " SELECT 1";\n'
        for name in ("query/a.c", "store/a.c", "commands/a.c", "alert/kept.c"):
            self.assertEqual(self.complaints(**{f"tools/haetae-view/{name}": sql}), [], name)
        for name in ("api/a.c", "alert/a.c", "watch.c"):
            path = f"tools/haetae-view/{name}"
            self.assertEqual(self.complaints(**{path: sql}), [f"{path}:3: SQL belongs in query or store"])

    def test_an_example_must_not_include_the_core(self):
        self.assert_refused("examples/service.c", "wire/wire.h", "examples")

    def test_a_way_around_through_dots_is_refused(self):
        self.assert_refused("lib/trace/span.c", "../metrics/cell.h", "..")

    def test_a_header_that_is_nowhere_is_refused(self):
        self.assert_refused("lib/trace/span.c", "metrics/gone.h", "no such file")

    def test_a_circle_of_headers_is_found(self):
        complaints = self.complaints(**{"lib/trace/a.h": '#include "b.h"\n',
                                        "lib/trace/b.h": '#include "a.h"\n'})
        self.assertIn("a circle: lib/trace/a, lib/trace/b", complaints)

    def test_a_circle_through_sources_is_found(self):
        complaints = self.complaints(**{"lib/trace/a.c": '#include "trace/b.h"\n', "lib/trace/a.h": "",
                                        "lib/trace/b.c": '#include "trace/a.h"\n', "lib/trace/b.h": ""})
        self.assertIn("a circle: lib/trace/a, lib/trace/b", complaints)

    def test_an_include_that_the_picture_lacks_is_found(self):
        complaints = self.complaints(**{"lib/sdk/sdk.h": '#include "pipeline/queue.h"\n',
                                        "lib/pipeline/queue.h": ""})
        self.assertEqual(complaints, ["docs/architecture.md: the picture lacks that sdk includes pipeline"])

    def test_an_arrow_that_the_code_lacks_is_found(self):
        self.assertEqual(self.complaints_with_picture("base      ──►", "base      ──► sdk"),
                         ["docs/architecture.md: the picture says that base includes sdk; it does not"])

    def test_a_layer_below_one_that_it_includes_is_found(self):
        self.assertEqual(self.complaints_with_picture("sdk       ──► trace\n", "")[0],
                         "docs/architecture.md: the picture of the layers lacks sdk")
        rows = ["propagation ──► trace context\n", "trace     ──► context\n"]
        found = self.complaints_with_picture(rows[0] + rows[1], rows[1] + rows[0])
        self.assertEqual(found, ["docs/architecture.md: the picture does not have each layer above those it includes"])

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(main([root]), 1)


if __name__ == "__main__":
    unittest.main()
