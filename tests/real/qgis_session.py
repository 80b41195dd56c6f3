"""What a planner does in QGIS, told as JSON: open every layer, edit one, save.

Runs under the Python that QGIS is installed for: ``python3 qgis_session.py FILE LAYER…``, or with
``postgresql://user@host:port/database?workspace=name`` instead of the file.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import urlsplit

from qgis.core import (
    QgsApplication,
    QgsDataSourceUri,
    QgsGeometry,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRenderContext,
    QgsVectorLayer,
    QgsVectorLayerUtils,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize


def seen(layer: QgsVectorLayer) -> dict[str, object]:
    symbols = layer.renderer().symbols(QgsRenderContext())
    fields = layer.fields()
    return {
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": layer.renderer().type(),
        "colours": sorted({symbol.color().name() for symbol in symbols}),
        "aliases": {field.name(): layer.attributeAlias(n) for n, field in enumerate(fields)},
        "widgets": {f.name(): layer.editorWidgetSetup(n).type() for n, f in enumerate(fields)},
    }


def picture_colours(layers: list[QgsVectorLayer]) -> int:
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setExtent(layers[-1].extent())
    settings.setOutputSize(QSize(300, 300))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    return len({image.pixel(x, y) for x in range(0, 300, 3) for y in range(0, 300, 3)})


def edit(layer: QgsVectorLayer) -> list[str]:
    position = layer.fields().indexOf
    first, second = list(layer.getFeatures())[:2]
    layer.startEditing()
    layer.changeAttributeValue(first.id(), position("households"), 777)
    layer.changeGeometry(first.id(), QgsGeometry.fromWkt("POINT(114.5 30.5)"))
    cells = {position("name"): "新小区", position("households"): 50}
    shape = QgsGeometry.fromWkt("POINT(114.2 30.2)")
    layer.addFeature(QgsVectorLayerUtils.createFeature(layer, shape, cells))
    layer.deleteFeature(second.id())
    return [] if layer.commitChanges() else layer.commitErrors()


def opened(place: str, name: str) -> QgsVectorLayer:
    if "://" not in place:
        return QgsVectorLayer(f"{place}|layername={name}", name, "ogr")
    url = urlsplit(place)
    source = QgsDataSourceUri()
    source.setConnection(url.hostname, str(url.port), url.path[1:], url.username, "")
    source.setDataSource(url.query.partition("=")[2], name, "geom", "", "fid")
    layer = QgsVectorLayer(source.uri(), name, "postgres")
    if not layer.isValid():  # mixed shapes: QGIS asks for the type that is wanted
        source.setWkbType(QgsWkbTypes.Point)
        layer = QgsVectorLayer(source.uri(), name, "postgres")
    return layer


def main(path: str, names: list[str]) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], False)
    application.initQgis()
    layers = [opened(path, name) for name in names]
    answer = {
        "layers": {layer.name(): seen(layer) for layer in layers},
        "picture_colours": picture_colours(layers),
        "edit_errors": edit(next(layer for layer in layers if layer.name() == "compound")),
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS may crash while Python takes it apart


main(sys.argv[1], sys.argv[2:])
