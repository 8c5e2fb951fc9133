// Who imports NablaFormats has the readers too: where one of its formats stands is an inner matter.
@_exported import NablaReaders
