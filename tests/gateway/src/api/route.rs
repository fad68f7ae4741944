//! Which request of the contract it is.

/// A request of the contract, with what its path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    StartActivation,
    ResendCode(&'a str),
    FinishActivation(&'a str),
    Sync,
    LookupBinding,
    ConfirmBinding,
    Unbind(&'a str),
    QueryBills,
    Quote,
    StepUp,
    SetLimits,
    RemindBy,
    AddMethod,
    RemoveMethod(&'a str),
    PreferMethod(&'a str),
    Pay,
    Confirm(&'a str),
    Reverse(&'a str),
    Evidence,
    Trust,
    /// Of the contract, not built yet.
    Later,
}

impl<'a> Route<'a> {
    /// The request that method and path name.
    pub(crate) fn of(method: &str, path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/v1/")?;
        let mut parts = path.split('/');
        let parts = (parts.next()?, parts.next(), parts.next(), parts.next());
        match (method, parts) {
            ("POST", ("activations", None, None, None)) => Some(Self::StartActivation),
            ("POST", ("activations", Some(id), Some("resend"), None)) => Some(Self::ResendCode(id)),
            ("POST", ("activations", Some(id), Some("verify"), None)) => Some(Self::FinishActivation(id)),
            ("GET", ("sync", None, None, None)) => Some(Self::Sync),
            ("POST", ("bindings", Some("lookup"), None, None)) => Some(Self::LookupBinding),
            ("POST", ("bindings", None, None, None)) => Some(Self::ConfirmBinding),
            ("DELETE", ("bindings", Some(id), None, None)) => Some(Self::Unbind(id)),
            ("POST", ("bills", Some("query"), None, None)) => Some(Self::QueryBills),
            ("POST", ("quotes", None, None, None)) => Some(Self::Quote),
            ("POST", ("payments", None, None, None)) => Some(Self::Pay),
            ("GET", ("payments", Some(id), None, None)) => Some(Self::Confirm(id)),
            ("POST", ("payments", Some(id), Some("reversal"), None)) => Some(Self::Reverse(id)),
            ("POST", ("evidence", None, None, None)) => Some(Self::Evidence),
            ("GET", ("trust", None, None, None)) => Some(Self::Trust),
            ("POST", ("step-ups", None, None, None)) => Some(Self::StepUp),
            ("POST", ("limits", None, None, None)) => Some(Self::SetLimits),
            ("POST", ("reminders", None, None, None)) => Some(Self::RemindBy),
            ("POST", ("methods", None, None, None)) => Some(Self::AddMethod),
            ("DELETE", ("methods", Some(id), None, None)) => Some(Self::RemoveMethod(id)),
            ("POST", ("methods", Some(id), Some("default"), None)) => Some(Self::PreferMethod(id)),
            ("POST", ("order-key" | "mandates" | "tickets", None, None, None))
            | ("DELETE", ("mandates", Some(_), None, None))
            | ("GET", ("statements", Some(_), None, None)) => Some(Self::Later),
            _ => None,
        }
    }

    /// Never refused for an old client version, and still open to a revoked device: what ends an
    /// order, or tells its end.
    pub(crate) fn ends_orders(self) -> bool {
        match self {
            Self::Confirm(_) | Self::Reverse(_) | Self::Evidence => true,
            Self::StartActivation
            | Self::ResendCode(_)
            | Self::FinishActivation(_)
            | Self::Sync
            | Self::LookupBinding
            | Self::ConfirmBinding
            | Self::Unbind(_)
            | Self::QueryBills
            | Self::Quote
            | Self::StepUp
            | Self::SetLimits
            | Self::RemindBy
            | Self::AddMethod
            | Self::RemoveMethod(_)
            | Self::PreferMethod(_)
            | Self::Pay
            | Self::Trust
            | Self::Later => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn a_path_of_the_contract_is_known_and_anything_else_is_not() {
        assert_eq!(Route::of("GET", "/v1/payments/p"), Some(Route::Confirm("p")));
        assert_eq!(Route::of("POST", "/v1/payments/p/reversal"), Some(Route::Reverse("p")));
        assert_eq!(Route::of("POST", "/v1/bindings/lookup"), Some(Route::LookupBinding));
        assert_eq!(Route::of("POST", "/v1/tickets"), Some(Route::Later));
        for (method, path) in [
            ("GET", "/v1/payments"),
            ("POST", "/v1/sync"),
            ("POST", "/v2/payments"),
            ("GET", "/"),
            ("POST", "/v1/payments/p/reversal/x"),
        ] {
            assert_eq!(Route::of(method, path), None, "{method} {path}");
        }
    }
}
