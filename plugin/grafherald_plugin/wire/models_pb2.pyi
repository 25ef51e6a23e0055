from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Column(_message.Message):
    __slots__ = ["name"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DataQuery(_message.Message):
    __slots__ = ["interval_ms", "json", "max_data_points", "ref_id"]
    INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    MAX_DATA_POINTS_FIELD_NUMBER: _ClassVar[int]
    REF_ID_FIELD_NUMBER: _ClassVar[int]
    interval_ms: int
    json: str
    max_data_points: int
    ref_id: str
    def __init__(self, ref_id: _Optional[str] = ..., max_data_points: _Optional[int] = ..., interval_ms: _Optional[int] = ..., json: _Optional[str] = ...) -> None: ...

class DataSource(_message.Message):
    __slots__ = ["id", "json_data", "name", "org_id", "secure_json_data", "url"]
    class SecureJsonDataEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    JSON_DATA_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORG_ID_FIELD_NUMBER: _ClassVar[int]
    SECURE_JSON_DATA_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    id: int
    json_data: str
    name: str
    org_id: int
    secure_json_data: _containers.ScalarMap[str, str]
    url: str
    def __init__(self, id: _Optional[int] = ..., org_id: _Optional[int] = ..., name: _Optional[str] = ..., url: _Optional[str] = ..., json_data: _Optional[str] = ..., secure_json_data: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DatasourceRequest(_message.Message):
    __slots__ = ["data_source", "queries", "time_range"]
    DATA_SOURCE_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    TIME_RANGE_FIELD_NUMBER: _ClassVar[int]
    data_source: DataSource
    queries: _containers.RepeatedCompositeFieldContainer[DataQuery]
    time_range: TimeRange
    def __init__(self, time_range: _Optional[_Union[TimeRange, _Mapping]] = ..., data_source: _Optional[_Union[DataSource, _Mapping]] = ..., queries: _Optional[_Iterable[_Union[DataQuery, _Mapping]]] = ...) -> None: ...

class DatasourceResponse(_message.Message):
    __slots__ = ["results"]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[QueryResult]
    def __init__(self, results: _Optional[_Iterable[_Union[QueryResult, _Mapping]]] = ...) -> None: ...

class Point(_message.Message):
    __slots__ = ["timestamp", "value"]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    timestamp: int
    value: float
    def __init__(self, timestamp: _Optional[int] = ..., value: _Optional[float] = ...) -> None: ...

class QueryResult(_message.Message):
    __slots__ = ["error", "ref_id", "series", "tables"]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REF_ID_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    error: str
    ref_id: str
    series: _containers.RepeatedCompositeFieldContainer[TimeSeries]
    tables: _containers.RepeatedCompositeFieldContainer[Table]
    def __init__(self, error: _Optional[str] = ..., ref_id: _Optional[str] = ..., series: _Optional[_Iterable[_Union[TimeSeries, _Mapping]]] = ..., tables: _Optional[_Iterable[_Union[Table, _Mapping]]] = ...) -> None: ...

class Row(_message.Message):
    __slots__ = ["values"]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[Value]
    def __init__(self, values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ...) -> None: ...

class Table(_message.Message):
    __slots__ = ["columns", "rows"]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    rows: _containers.RepeatedCompositeFieldContainer[Row]
    def __init__(self, columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., rows: _Optional[_Iterable[_Union[Row, _Mapping]]] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ["from_ms", "to_ms"]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    from_ms: int
    to_ms: int
    def __init__(self, from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ...) -> None: ...

class TimeSeries(_message.Message):
    __slots__ = ["name", "points", "tags"]
    class TagsEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    points: _containers.RepeatedCompositeFieldContainer[Point]
    tags: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., tags: _Optional[_Mapping[str, str]] = ..., points: _Optional[_Iterable[_Union[Point, _Mapping]]] = ...) -> None: ...

class Value(_message.Message):
    __slots__ = ["bool_value", "double_value", "int64_value", "kind", "string_value"]
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
    BOOL: Value.Kind
    BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
    DOUBLE: Value.Kind
    DOUBLE_VALUE_FIELD_NUMBER: _ClassVar[int]
    INT64: Value.Kind
    INT64_VALUE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NULL: Value.Kind
    STRING: Value.Kind
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    bool_value: bool
    double_value: float
    int64_value: int
    kind: Value.Kind
    string_value: str
    def __init__(self, kind: _Optional[_Union[Value.Kind, str]] = ..., double_value: _Optional[float] = ..., int64_value: _Optional[int] = ..., bool_value: bool = ..., string_value: _Optional[str] = ...) -> None: ...
