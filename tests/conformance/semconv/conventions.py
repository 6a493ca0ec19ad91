# SPDX-License-Identifier: Apache-2.0
"""The OpenTelemetry semantic conventions as data.

OpenTelemetry publishes them with its Go API, as code that is generated from their model: names, types and values of
attributes, and for each metric its instrument, its unit and its attributes. The module is pinned by
tests/interop/collector, which fetches it."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "interop"))
import collector  # noqa: E402

MODULE = "go.opentelemetry.io/otel"
VERSION = "v1.40.0"

ATTRIBUTE = re.compile(r'// Type: (\S+)(?:(?!attribute\.Key).)*?\t(\w+) = attribute\.Key\("([^"]+)"\)', re.S)
ENUM_VALUE = re.compile(r'\t\w+ = (\w+Key)\.(String|Int)\(("[^"]*"|-?\d+)\)')
TEMPLATE = re.compile(r'attribute\.(\w+)\("([^"]+\.)"\s*\+\s*key, val')
INSTRUMENT = re.compile(r'^type (\w+) struct \{\n\tmetric\.(Int64|Float64)(Observable)?(\w+)\n\}', re.M)
REPORTED = re.compile(r'^func \((?:m )?(\w+)\) (Name|Unit)\(\) string \{\n\treturn "([^"]*)"', re.M)
RECORDING = re.compile(r'^func \(m (\w+)\) (?:Add|Record|Observe)\((.*?)^\}', re.M | re.S)
OPTIONAL = re.compile(r'^func \((\w+)\) Attr\w+\(.*?\) attribute\.KeyValue \{\n\treturn attribute\.\w+\("([^"]+)"', re.M)
KEY = re.compile(r'attribute\.\w+\("([^"]+)"')
TEMPLATE_TYPES = {"String": "string", "StringSlice": "string[]", "Int": "int", "Bool": "boolean"}


class Metric:
    def __init__(self, name, number, instrument, unit, required, optional):
        self.name, self.number, self.instrument, self.unit = name, number, instrument, unit
        self.required, self.optional = required, optional


class Conventions:
    """attributes: type by name. templates: type by the beginning of the name. values: the values of an enum by its
    name. metrics: by name."""

    def __init__(self, folder):
        self.attributes, self.templates, self.values, self.metrics = {}, {}, {}, {}
        self._read_attributes((folder / "attribute_group.go").read_text())
        for path in sorted(folder.glob("*conv/metric.go")):
            self._read_metrics(path.read_text())

    def _read_attributes(self, text):
        names = {}
        for kind, identifier, name in ATTRIBUTE.findall(text):
            self.attributes[name] = kind
            names[identifier] = name
        for identifier, _, value in ENUM_VALUE.findall(text):
            name = names[identifier]
            self.values.setdefault(name, set()).add(value.strip('"') if value[0] == '"' else int(value))
        for kind, prefix in TEMPLATE.findall(text):
            self.templates[prefix] = TEMPLATE_TYPES[kind]

    def _read_metrics(self, text):
        said = {(owner, what): value for owner, what, value in REPORTED.findall(text)}
        required = {owner: set(KEY.findall(body)) for owner, body in RECORDING.findall(text)}
        optional = {}
        for owner, key in OPTIONAL.findall(text):
            optional.setdefault(owner, set()).add(key)
        for owner, number, _, instrument in INSTRUMENT.findall(text):
            name = said[owner, "Name"]
            self.metrics[name] = Metric(name, number, instrument, said[owner, "Unit"],
                                        required.get(owner, set()), optional.get(owner, set()))

    def type_of(self, name):
        """The type of an attribute, or None: there is none of that name."""
        if name in self.attributes:
            return self.attributes[name]
        return next((kind for prefix, kind in self.templates.items()
                     if name.startswith(prefix) and len(name) > len(prefix)), None)

    def namespaces(self):
        return {name.split(".")[0] for name in [*self.attributes, *self.templates, *self.metrics]}


def load():
    """Raises collector.Unavailable where the module can't be fetched."""
    return Conventions(pathlib.Path(collector.module_folder(MODULE)) / "semconv" / VERSION)
