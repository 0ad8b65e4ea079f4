//! Port's regions.

/// The region in which an organization is hosted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// Europe, `https://api.port.io`.
    #[default]
    Eu,
    /// United States, `https://api.us.port.io`.
    Us,
}

impl Region {
    /// The base URL of Port's API in this region.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Eu => "https://api.port.io",
            Self::Us => "https://api.us.port.io",
        }
    }

    /// Where data sources in this region take events; the path is the key of the data source.
    #[cfg(feature = "ingest")]
    pub(crate) fn ingest_url(self) -> &'static str {
        match self {
            Self::Eu => "https://ingest.port.io",
            Self::Us => "https://ingest.us.port.io",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "eu" => Some(Self::Eu),
            "us" => Some(Self::Us),
            _ => None,
        }
    }
}
