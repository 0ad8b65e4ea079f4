//! Setters for what a create and a replacement take: the same fields, the same names.

use serde_json::Value;

use crate::{EventType, IntegrationType, Mapping, NewWebhook, Secret, Security, WebhookReplacement};

macro_rules! webhook_setters {
    ($type:ident) => {
        impl $type {
            /// A subscription: Port calls `url` for its events. Documented contract.
            ///
            /// Port wants an `identifier` of 1 to 30 characters, an absolute http or https `url`
            /// that it can reach, and at least one event.
            pub fn subscription(identifier: impl Into<String>, url: impl Into<String>) -> Self {
                Self { identifier: Some(identifier.into()), url: Some(url.into()), ..Self::default() }
            }

            /// A data source: third parties call Port, which makes entities of it. Live contract.
            ///
            /// Port wants a `title` of at most 30 characters. The data source is enabled, and Port
            /// makes up an identifier unless one is set.
            pub fn data_source(title: impl Into<String>) -> Self {
                Self { title: Some(title.into()), enabled: Some(true), ..Self::default() }
            }

            /// Sets the name by which the webhook is addressed.
            #[must_use]
            pub fn identifier(mut self, identifier: impl Into<String>) -> Self {
                self.identifier = Some(identifier.into());
                self
            }

            /// Sets the title, at most 30 characters.
            #[must_use]
            pub fn title(mut self, title: impl Into<String>) -> Self {
                self.title = Some(title.into());
                self
            }

            /// Sets what the webhook is for, at most 200 characters.
            #[must_use]
            pub fn description(mut self, description: impl Into<String>) -> Self {
                self.description = Some(description.into());
                self
            }

            /// Sets the icon. Live contract.
            #[must_use]
            pub fn icon(mut self, icon: impl Into<String>) -> Self {
                self.icon = Some(icon.into());
                self
            }

            /// Sets where Port sends deliveries. Documented contract.
            #[must_use]
            pub fn url(mut self, url: impl Into<String>) -> Self {
                self.url = Some(url.into());
                self
            }

            /// Sets the events that the webhook is called for. An unknown one is sent as it is.
            /// Documented contract.
            #[must_use]
            pub fn events<E: Into<EventType>>(mut self, events: impl IntoIterator<Item = E>) -> Self {
                self.events = Some(events.into_iter().map(Into::into).collect());
                self
            }

            /// Adds a header that Port sends with each delivery. Documented contract.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
                self.headers.get_or_insert_default().insert(name, value);
                self
            }

            /// Adds headers that Port sends with each delivery. Documented contract.
            #[must_use]
            pub fn headers<N: Into<String>, V: Into<Secret>>(
                mut self,
                headers: impl IntoIterator<Item = (N, V)>,
            ) -> Self {
                self.headers.get_or_insert_default().extend(headers);
                self
            }

            /// Sets the key that signatures are made with. Raw text, and not empty.
            #[must_use]
            pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
                self.security.get_or_insert_default().secret = Some(secret.into());
                self
            }

            /// Sets the security settings, as a whole.
            #[must_use]
            pub fn security(mut self, security: Security) -> Self {
                self.security = Some(security);
                self
            }

            /// Sets whether deliveries are sent, or taken.
            #[must_use]
            pub fn enabled(mut self, enabled: bool) -> Self {
                self.enabled = Some(enabled);
                self
            }

            /// Sets how deliveries become entities. Live contract.
            #[must_use]
            pub fn mappings(mut self, mappings: impl IntoIterator<Item = Mapping>) -> Self {
                self.mappings = Some(mappings.into_iter().collect());
                self
            }

            /// Sets how the data source came to be. Live contract.
            #[must_use]
            pub fn integration_type(mut self, integration_type: impl Into<IntegrationType>) -> Self {
                self.integration_type = Some(integration_type.into());
                self
            }

            /// Sets a field by its name on the wire: one that this version has no setter for, or one with a
            /// value that its setter does not take. It stands in place of what the setter has set.
            #[must_use]
            pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
                let name = name.into();
                match name.as_str() {
                    "identifier" => self.identifier = None,
                    "title" => self.title = None,
                    "description" => self.description = None,
                    "icon" => self.icon = None,
                    "url" => self.url = None,
                    "events" => self.events = None,
                    "headers" => self.headers = None,
                    "security" => self.security = None,
                    "enabled" => self.enabled = None,
                    "mappings" => self.mappings = None,
                    "integrationType" => self.integration_type = None,
                    _ => {}
                }
                self.extra.insert(name, value.into());
                self
            }
        }
    };
}

webhook_setters!(NewWebhook);
webhook_setters!(WebhookReplacement);
