//! The other types: fields of webhooks and runs, settings of a client, and what calls return.

pub use port_webhooks_api::{
    ApprovalDecision, Call, EntityQuery, ExtraFields, GivenApproval, HeaderValues, HiddenJson,
    IntegrationType, JqOrQuery, Links, LogLevel, Mapping, MappingEntity, MappingOperation, NewRunLog,
    NodeRunLog, NodeRunPatch, NodeRunResult, NodeRunStatus, Patch, Run, RunLog, RunPatch, RunStatus,
    RunSubject, Secret, Security, SecurityPatch, SignatureAlgorithm, Timestamp, WebhookMetadata,
    WebhookReplacement,
};

pub use crate::base_url::Region;
pub use crate::clock::{Clock, SystemClock};
pub use crate::engine::observe::{Attempt, Observer, Waiting};
pub use crate::engine::retry::Strategy;
pub use crate::engine::token::{AccessToken, TokenError, TokenProvider};
pub use crate::ensure::{Ensure, Ensured};
#[cfg(feature = "ingest")]
pub use crate::ingest::IngestEvent;
pub use crate::list::Page;
pub use crate::paging::{PageStream, WebhookStream};
pub use crate::rate_limit::RateLimit;
pub use crate::raw::{Json, RawResponse};
pub use crate::reconcile::Create;
pub use crate::runs::{Drained, Ending, LogPage, LogStream, NodeRun, Report, Reported, RunLogger};
