//! Headers as a verifier looks at them: values are bytes, and how often one occurs matters.

use http::{HeaderMap, HeaderName};

/// What a verifier needs of a request's headers.
///
/// It is implemented for [`http::HeaderMap`] and for lists of pairs of name and value. Names match in any case.
///
/// ```
/// use http::HeaderName;
/// use port_webhooks_receiver::{Headers, Occurrence};
///
/// let headers = [("X-Port-Signature", "a"), ("host", "example.com")];
/// let name = HeaderName::from_static("x-port-signature");
/// assert_eq!(headers.occurrence(&name), Occurrence::Once(b"a"));
/// ```
pub trait Headers {
    /// How often a header occurs, with its value if it occurs once.
    fn occurrence(&self, name: &HeaderName) -> Occurrence<'_>;

    /// The same for two headers at once.
    fn occurrences(&self, names: [&HeaderName; 2]) -> [Occurrence<'_>; 2] {
        names.map(|name| self.occurrence(name))
    }
}

/// How often a header occurs. One on several lines is repeated, whatever its values.
///
/// It can be collected from an iterator over the values of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // none, one, many: there is no fourth
pub enum Occurrence<'a> {
    /// Not at all.
    Never,
    /// Once, with this value.
    Once(&'a [u8]),
    /// More than once.
    Repeated,
}

impl<'a> Occurrence<'a> {
    /// Once more, with this value.
    fn and(self, value: &'a [u8]) -> Self {
        match self {
            Self::Never => Self::Once(value),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        }
    }
}

impl<'a> FromIterator<&'a [u8]> for Occurrence<'a> {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(values: I) -> Self {
        values.into_iter().fold(Self::Never, Self::and)
    }
}

/// Up to so many, looking at each takes less time than hashing a name.
const FEW: usize = 16;

impl<V: AsRef<[u8]>> Headers for HeaderMap<V> {
    fn occurrence(&self, name: &HeaderName) -> Occurrence<'_> {
        if self.len() > FEW {
            return self.get_all(name).iter().map(AsRef::as_ref).collect();
        }
        let mut found = Occurrence::Never;
        for (candidate, value) in self {
            if candidate == name {
                found = found.and(value.as_ref());
            }
        }
        found
    }

    fn occurrences(&self, names: [&HeaderName; 2]) -> [Occurrence<'_>; 2] {
        if self.len() > FEW {
            return names.map(|name| self.occurrence(name));
        }
        let mut found = [Occurrence::Never; 2];
        for (candidate, value) in self {
            if let Some(at) = names.iter().position(|name| candidate == *name) {
                found[at] = found[at].and(value.as_ref());
            }
        }
        found
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn occurrence(&self, name: &HeaderName) -> Occurrence<'_> {
        self.iter()
            .filter(|(candidate, _)| candidate.as_ref().eq_ignore_ascii_case(name.as_str()))
            .map(|(_, value)| value.as_ref())
            .collect()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LENGTH: usize> Headers for [(N, V); LENGTH] {
    fn occurrence(&self, name: &HeaderName) -> Occurrence<'_> {
        self.as_slice().occurrence(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn occurrence(&self, name: &HeaderName) -> Occurrence<'_> {
        self.as_slice().occurrence(name)
    }
}

impl<H: Headers + ?Sized> Headers for &H {
    fn occurrence(&self, name: &HeaderName) -> Occurrence<'_> {
        (**self).occurrence(name)
    }

    fn occurrences(&self, names: [&HeaderName; 2]) -> [Occurrence<'_>; 2] {
        (**self).occurrences(names)
    }
}

/// A value without the optional white space around it.
pub(crate) fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
