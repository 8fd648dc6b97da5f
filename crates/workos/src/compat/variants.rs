//! The official crate's names of enum variants.

#[cfg_attr(not(feature = "api"), allow(unused_imports))]
use crate::resources::*;

/// Declares other names for variants, which work as values and as patterns.
macro_rules! variants {
    ($($feature:literal $enum:ident { $($official:ident = $ours:ident,)* })*) => {
        $(
            #[cfg(feature = $feature)]
            #[allow(non_upper_case_globals)] // they stand for variants
            impl $enum {
                $(
                    #[doc = concat!(
                        "The official crate's name for [`Self::", stringify!($ours), "`].",
                    )]
                    #[doc(hidden)]
                    pub const $official: Self = Self::$ours;
                )*
            }
        )*

        /// The other names, and how the API writes what they stand for.
        #[cfg(all(test, feature = "api"))]
        fn spellings() -> Vec<(&'static str, String)> {
            vec![$($((stringify!($official), $enum::$official.to_string()),)*)*]
        }
    };
}

variants! {
    "audit_logs" RetentionPeriod {
        V1Month = OneMonth, V2Months = TwoMonths, V3Months = ThreeMonths,
        V4Months = FourMonths, V5Months = FiveMonths, V6Months = SixMonths,
        V7Months = SevenMonths, V8Months = EightMonths, V9Months = NineMonths,
        V10Months = TenMonths, V11Months = ElevenMonths, V1Year = OneYear,
        V2Years = TwoYears, V3Years = ThreeYears, V4Years = FourYears,
        V5Years = FiveYears, V6Years = SixYears, V7Years = SevenYears,
        V8Years = EightYears, V9Years = NineYears, V10Years = TenYears,
    }
    "events" EventName {
        AuthenticationOAuthFailed = AuthenticationOauthFailed,
        AuthenticationOAuthSucceeded = AuthenticationOauthSucceeded,
        AuthenticationSSOFailed = AuthenticationSsoFailed,
        AuthenticationSSOStarted = AuthenticationSsoStarted,
        AuthenticationSSOSucceeded = AuthenticationSsoSucceeded,
        AuthenticationSSOTimedOut = AuthenticationSsoTimedOut,
        ConnectionSAMLCertificateRenewalRequired = ConnectionSamlCertificateRenewalRequired,
        ConnectionSAMLCertificateRenewed = ConnectionSamlCertificateRenewed,
    }
    "user_management" Locale {
        DeDe = DeDE, EnAu = EnAU, EnCa = EnCA, EnGb = EnGB, EnUs = EnUS, EsEs = EsES,
        EsUs = EsUS, FrBe = FrBE, FrCa = FrCA, FrFr = FrFR, ItIt = ItIT, NlBe = NlBE,
        NlNl = NlNL, PtBr = PtBR, PtPt = PtPT, ZhCn = ZhCN, ZhHk = ZhHK, ZhTw = ZhTW,
    }
}

#[cfg(feature = "audit_logs")]
impl AuditLogMetadataValue {
    /// The official crate's name for [`Self::Number`].
    #[allow(non_snake_case)] // it stands for a variant
    #[doc(hidden)]
    pub fn F64(number: f64) -> Self {
        Self::Number(number)
    }
}

#[cfg(all(test, feature = "api"))]
mod tests {
    use super::*;

    #[test]
    fn each_variant_is_named_after_what_the_api_writes() {
        let letters = |text: &str| text.replace(['.', '-', '_'], "").to_lowercase();
        for (official, written) in spellings() {
            let official = letters(official.strip_prefix('V').unwrap_or(official));
            assert_eq!(official, letters(&written));
        }
    }

    #[test]
    fn a_name_of_a_variant_is_a_pattern_too() {
        let outcome = match EventName::from("authentication.sso_timed_out") {
            EventName::AuthenticationSSOStarted => "started",
            EventName::AuthenticationSSOTimedOut => "timed out",
            _ => "something else",
        };
        assert_eq!(outcome, "timed out");
    }
}
