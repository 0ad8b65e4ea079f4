//! Sends the context of the current span, as <https://www.w3.org/TR/trace-context> says: feature `trace-context`.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TraceContextExt as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Adds the context of the current span, if a layer of `tracing-opentelemetry` knows it. Headers of the caller stay.
pub(crate) fn inject(headers: &mut HeaderMap) {
    let context = tracing::Span::current().context();
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() || headers.contains_key(TRACEPARENT) {
        return;
    }
    let (trace, parent, flags) = (span.trace_id(), span.span_id(), span.trace_flags().to_u8());
    headers.extend(
        HeaderValue::try_from(format!("00-{trace}-{parent}-{flags:02x}")).ok().map(|id| (TRACEPARENT, id)),
    );
    let state = HeaderValue::try_from(span.trace_state().header()).ok().filter(|state| !state.is_empty());
    headers.extend(state.map(|state| (TRACESTATE, state)));
}
