//! Deliveries as tests ask for them and look at them.

use super::FakePort;
use crate::delivery::{Order, PortEvent, SentDelivery};

impl FakePort {
    /// Posts an event to every enabled webhook that is subscribed to it, waits until all deliveries have ended, and
    /// returns them in the order in which they were queued.
    ///
    /// Deliveries to one webhook are made one after the other, those to different webhooks at once. Only this machine is
    /// called; other deliveries are [refused](crate::DeliveryOutcome::Refused) unless
    /// [`Deliveries::anywhere`](crate::Deliveries::anywhere) is set.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use fake_port::{PortEvent, FakePort, Script, ScriptedServer};
    /// use serde_json::json;
    ///
    /// let receiver = ScriptedServer::start([Script::answer(200, "{}")]).await?;
    /// let port = FakePort::start().await;
    /// port.seed(json!({
    ///     "identifier": "a", "url": receiver.uri(), "events": ["entity.created"],
    ///     "security": { "secret": "s3cret" },
    /// }))?;
    ///
    /// let deliveries = port.emit(PortEvent::entity_created(json!({ "identifier": "payment-service" }))).await;
    /// assert!(deliveries[0].is_delivered());
    /// assert!(deliveries[0].header("x-port-signature").is_some_and(|value| value.starts_with("sha256=")));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn emit(&self, event: PortEvent) -> Vec<SentDelivery> {
        self.emit_all([event], Order::Given).await
    }

    /// Posts several events like [`emit`](Self::emit). Each webhook gets those that it is subscribed to in this order.
    pub async fn emit_all(
        &self,
        events: impl IntoIterator<Item = PortEvent>,
        order: Order,
    ) -> Vec<SentDelivery> {
        self.shared.emit(events.into_iter().collect(), order).await
    }

    /// The deliveries since the start, in the order in which they ended. Recorded like
    /// [`requests`](Self::requests).
    pub fn deliveries(&self) -> Vec<SentDelivery> {
        self.shared.state().deliveries.iter().cloned().collect()
    }

    /// Forgets the recorded deliveries.
    pub fn clear_deliveries(&self) {
        self.shared.state().deliveries.clear();
    }

    /// Waits until no delivery is pending. Those of [changes](crate::Deliveries::of_changes) are made after the client
    /// that made the change has its answer.
    pub async fn settled(&self) {
        self.shared.dispatcher().settled().await;
    }
}
