from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallResourceRequest(_message.Message):
    __slots__ = ["body", "context", "method", "path"]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    context: Context
    method: str
    path: str
    def __init__(self, context: _Optional[_Union[Context, _Mapping]] = ..., path: _Optional[str] = ..., method: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class CallResourceResponse(_message.Message):
    __slots__ = ["body", "code", "headers"]
    class HeadersEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: StringList
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[StringList, _Mapping]] = ...) -> None: ...
    BODY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    code: int
    headers: _containers.MessageMap[str, StringList]
    def __init__(self, code: _Optional[int] = ..., headers: _Optional[_Mapping[str, StringList]] = ..., body: _Optional[bytes] = ...) -> None: ...

class CheckHealthRequest(_message.Message):
    __slots__ = ["context"]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    context: Context
    def __init__(self, context: _Optional[_Union[Context, _Mapping]] = ...) -> None: ...

class CheckHealthResponse(_message.Message):
    __slots__ = ["message", "status"]
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
    ERROR: CheckHealthResponse.Status
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OK: CheckHealthResponse.Status
    STATUS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN: CheckHealthResponse.Status
    message: str
    status: CheckHealthResponse.Status
    def __init__(self, status: _Optional[_Union[CheckHealthResponse.Status, str]] = ..., message: _Optional[str] = ...) -> None: ...

class CollectMetricsRequest(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class CollectMetricsResponse(_message.Message):
    __slots__ = ["metrics"]
    class Payload(_message.Message):
        __slots__ = ["prometheus"]
        PROMETHEUS_FIELD_NUMBER: _ClassVar[int]
        prometheus: bytes
        def __init__(self, prometheus: _Optional[bytes] = ...) -> None: ...
    METRICS_FIELD_NUMBER: _ClassVar[int]
    metrics: CollectMetricsResponse.Payload
    def __init__(self, metrics: _Optional[_Union[CollectMetricsResponse.Payload, _Mapping]] = ...) -> None: ...

class Context(_message.Message):
    __slots__ = ["data_source", "org_id"]
    DATA_SOURCE_FIELD_NUMBER: _ClassVar[int]
    ORG_ID_FIELD_NUMBER: _ClassVar[int]
    data_source: DataSource
    org_id: int
    def __init__(self, org_id: _Optional[int] = ..., data_source: _Optional[_Union[DataSource, _Mapping]] = ...) -> None: ...

class DataQuery(_message.Message):
    __slots__ = ["interval_ms", "json", "max_data_points", "ref_id", "time_range"]
    INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    MAX_DATA_POINTS_FIELD_NUMBER: _ClassVar[int]
    REF_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_RANGE_FIELD_NUMBER: _ClassVar[int]
    interval_ms: int
    json: bytes
    max_data_points: int
    ref_id: str
    time_range: TimeRange
    def __init__(self, ref_id: _Optional[str] = ..., max_data_points: _Optional[int] = ..., interval_ms: _Optional[int] = ..., time_range: _Optional[_Union[TimeRange, _Mapping]] = ..., json: _Optional[bytes] = ...) -> None: ...

class DataResponse(_message.Message):
    __slots__ = ["error", "error_source", "frames", "status"]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ERROR_SOURCE_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    error: str
    error_source: str
    frames: _containers.RepeatedScalarFieldContainer[bytes]
    status: int
    def __init__(self, frames: _Optional[_Iterable[bytes]] = ..., error: _Optional[str] = ..., status: _Optional[int] = ..., error_source: _Optional[str] = ...) -> None: ...

class DataSource(_message.Message):
    __slots__ = ["basic_auth", "basic_auth_user", "id", "json_data", "name", "secure_json_data", "uid", "url"]
    class SecureJsonDataEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BASIC_AUTH_FIELD_NUMBER: _ClassVar[int]
    BASIC_AUTH_USER_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    JSON_DATA_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SECURE_JSON_DATA_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    basic_auth: bool
    basic_auth_user: str
    id: int
    json_data: bytes
    name: str
    secure_json_data: _containers.ScalarMap[str, str]
    uid: str
    url: str
    def __init__(self, id: _Optional[int] = ..., name: _Optional[str] = ..., url: _Optional[str] = ..., basic_auth: bool = ..., basic_auth_user: _Optional[str] = ..., json_data: _Optional[bytes] = ..., secure_json_data: _Optional[_Mapping[str, str]] = ..., uid: _Optional[str] = ...) -> None: ...

class QueryDataRequest(_message.Message):
    __slots__ = ["context", "headers", "queries"]
    class HeadersEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    context: Context
    headers: _containers.ScalarMap[str, str]
    queries: _containers.RepeatedCompositeFieldContainer[DataQuery]
    def __init__(self, context: _Optional[_Union[Context, _Mapping]] = ..., headers: _Optional[_Mapping[str, str]] = ..., queries: _Optional[_Iterable[_Union[DataQuery, _Mapping]]] = ...) -> None: ...

class QueryDataResponse(_message.Message):
    __slots__ = ["responses"]
    class ResponsesEntry(_message.Message):
        __slots__ = ["key", "value"]
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: DataResponse
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[DataResponse, _Mapping]] = ...) -> None: ...
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.MessageMap[str, DataResponse]
    def __init__(self, responses: _Optional[_Mapping[str, DataResponse]] = ...) -> None: ...

class StringList(_message.Message):
    __slots__ = ["values"]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ["from_ms", "to_ms"]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    from_ms: int
    to_ms: int
    def __init__(self, from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ...) -> None: ...
