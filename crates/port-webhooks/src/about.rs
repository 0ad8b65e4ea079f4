//! What describes a call in errors and spans: its operation, route and identifier.

use http::Method;
use tracing::{Span, field};

use crate::error::CallInfo;
use crate::identifier;

/// The description of a call.
pub(crate) struct About<'a> {
    /// As the contract names it.
    pub(crate) operation: &'static str,
    /// What the call does, for errors, where the identifier follows.
    pub(crate) verb: &'static str,
    pub(crate) method: Method,
    /// The path, with `{identifier}` where the identifier stands.
    pub(crate) template: &'static str,
    /// The identifier of the webhook.
    pub(crate) identifier: Option<&'a str>,
    /// Whether two requests leave the same state as one.
    pub(crate) idempotent: bool,
}

impl About<'_> {
    pub(crate) fn info(&self) -> CallInfo {
        let doing = match self.identifier {
            None => self.verb.to_owned(),
            Some(text) => format!("{} {:?}", self.verb, identifier::shorten(text)),
        };
        let path = match self.identifier {
            Some(text) if identifier::refusal(text).is_none() => {
                self.template.replace("{identifier}", &identifier::encode(text))
            }
            _ => self.template.to_owned(),
        };
        CallInfo {
            operation: self.operation,
            doing,
            path,
            identifier: self.identifier.map(str::to_owned),
            idempotent: self.idempotent,
            method: self.method.clone(),
        }
    }

    /// The span of the call, with OpenTelemetry's names where there are any.
    pub(crate) fn span(&self, host: &str) -> Span {
        tracing::info_span!(
            "port_webhooks.call",
            otel.name = format_args!("{} {}", self.method, self.template),
            otel.kind = "client",
            http.request.method = %self.method,
            url.template = self.template,
            server.address = host,
            port.operation = self.operation,
            port.webhook = self.identifier.map(identifier::shorten),
            http.response.status_code = field::Empty,
            http.request.resend_count = field::Empty,
            port.trace_id = field::Empty,
            error.r#type = field::Empty,
        )
    }
}
