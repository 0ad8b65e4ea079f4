//! The activity of a fake, which a program can watch while the fake runs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::delivery::SentDelivery;
use crate::recording::RecordedRequest;

/// Something that a fake did, for [`Builder::on_activity`](crate::Builder::on_activity).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Activity {
    /// It decided on the response to a request.
    #[non_exhaustive]
    Request {
        /// The request, recorded or not.
        request: Box<RecordedRequest>,
        /// The body of the response as it was before a fault cut it. Empty when there is no response, and when a mock
        /// made it.
        response: Bytes,
        /// How long a fault delays the response.
        wait: Duration,
    },
    /// A delivery ended.
    Delivery(Box<SentDelivery>),
    /// The state may have changed in another way: by a request below `/_fake`, or by an event of a data source.
    Changed,
}

/// The function that is called, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<dyn Fn(Activity) + Send + Sync>>);

impl Observer {
    pub(crate) fn new(observe: impl Fn(Activity) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn tell(&self, activity: impl FnOnce() -> Activity) {
        if let Some(observe) = &self.0 {
            observe(activity());
        }
    }
}
