//! Types that several resources share.

open_enum! {
    /// In which order a list comes.
    pub enum PaginationOrder {
        /// Newest first, with the cursors the other way round: `before` leads to older items and
        /// `after` to newer ones.
        Normal = "normal",
        /// Newest first. What a list does unless told otherwise.
        Desc = "desc",
        /// Oldest first.
        Asc = "asc",
    }
}

open_enum! {
    /// What an object of the API is: its field `object`.
    pub enum ObjectType {
        /// An [`AuthorizedApplication`](crate::AuthorizedApplication).
        AuthorizedConnectApplication = "authorized_connect_application",
        /// A [`ConnectApplication`](crate::ConnectApplication).
        ConnectApplication = "connect_application",
        /// An [`EmailChange`](crate::EmailChange).
        EmailChange = "email_change",
        /// An [`EmailChangeConfirmation`](crate::EmailChangeConfirmation).
        EmailChangeConfirmation = "email_change_confirmation",
        /// An [`EmailVerification`](crate::EmailVerification).
        EmailVerification = "email_verification",
        /// An [`ItContact`](crate::ItContact).
        ItContact = "it_contact",
        /// A [`Page`](crate::Page).
        List = "list",
        /// An [`Organization`](crate::Organization).
        Organization = "organization",
        /// An [`OrganizationDomain`](crate::OrganizationDomain).
        OrganizationDomain = "organization_domain",
        /// A [`Session`](crate::Session).
        Session = "session",
        /// A [`User`](crate::User).
        User = "user",
    }
}

open_enum! {
    /// A language, and where it matters a region, for emails and hosted pages (BCP 47).
    pub enum Locale {
        /// Afrikaans.
        Af = "af",
        /// Amharic.
        Am = "am",
        /// Arabic.
        Ar = "ar",
        /// Bulgarian.
        Bg = "bg",
        /// Bengali.
        Bn = "bn",
        /// Bosnian.
        Bs = "bs",
        /// Catalan.
        Ca = "ca",
        /// Czech.
        Cs = "cs",
        /// Danish.
        Da = "da",
        /// German.
        De = "de",
        /// German, Germany.
        DeDE = "de-DE",
        /// Greek.
        El = "el",
        /// English.
        En = "en",
        /// English, Australia.
        EnAU = "en-AU",
        /// English, Canada.
        EnCA = "en-CA",
        /// English, United Kingdom.
        EnGB = "en-GB",
        /// English, United States.
        EnUS = "en-US",
        /// Spanish.
        Es = "es",
        /// Spanish, Latin America.
        Es419 = "es-419",
        /// Spanish, Spain.
        EsES = "es-ES",
        /// Spanish, United States.
        EsUS = "es-US",
        /// Estonian.
        Et = "et",
        /// Persian.
        Fa = "fa",
        /// Finnish.
        Fi = "fi",
        /// Filipino.
        Fil = "fil",
        /// French.
        Fr = "fr",
        /// French, Belgium.
        FrBE = "fr-BE",
        /// French, Canada.
        FrCA = "fr-CA",
        /// French, France.
        FrFR = "fr-FR",
        /// Western Frisian.
        Fy = "fy",
        /// Galician.
        Gl = "gl",
        /// Gujarati.
        Gu = "gu",
        /// Hausa.
        Ha = "ha",
        /// Hebrew.
        He = "he",
        /// Hindi.
        Hi = "hi",
        /// Croatian.
        Hr = "hr",
        /// Hungarian.
        Hu = "hu",
        /// Armenian.
        Hy = "hy",
        /// Indonesian.
        Id = "id",
        /// Icelandic.
        Is = "is",
        /// Italian.
        It = "it",
        /// Italian, Italy.
        ItIT = "it-IT",
        /// Japanese.
        Ja = "ja",
        /// Javanese.
        Jv = "jv",
        /// Georgian.
        Ka = "ka",
        /// Kazakh.
        Kk = "kk",
        /// Khmer.
        Km = "km",
        /// Kannada.
        Kn = "kn",
        /// Korean.
        Ko = "ko",
        /// Lithuanian.
        Lt = "lt",
        /// Latvian.
        Lv = "lv",
        /// Macedonian.
        Mk = "mk",
        /// Malayalam.
        Ml = "ml",
        /// Mongolian.
        Mn = "mn",
        /// Marathi.
        Mr = "mr",
        /// Malay.
        Ms = "ms",
        /// Burmese.
        My = "my",
        /// Norwegian Bokmål.
        Nb = "nb",
        /// Nepali.
        Ne = "ne",
        /// Dutch.
        Nl = "nl",
        /// Dutch, Belgium.
        NlBE = "nl-BE",
        /// Dutch, Netherlands.
        NlNL = "nl-NL",
        /// Norwegian Nynorsk.
        Nn = "nn",
        /// Norwegian.
        No = "no",
        /// Punjabi.
        Pa = "pa",
        /// Polish.
        Pl = "pl",
        /// Portuguese.
        Pt = "pt",
        /// Portuguese, Brazil.
        PtBR = "pt-BR",
        /// Portuguese, Portugal.
        PtPT = "pt-PT",
        /// Romanian.
        Ro = "ro",
        /// Russian.
        Ru = "ru",
        /// Slovak.
        Sk = "sk",
        /// Slovenian.
        Sl = "sl",
        /// Albanian.
        Sq = "sq",
        /// Serbian.
        Sr = "sr",
        /// Swedish.
        Sv = "sv",
        /// Swahili.
        Sw = "sw",
        /// Tamil.
        Ta = "ta",
        /// Telugu.
        Te = "te",
        /// Thai.
        Th = "th",
        /// Turkish.
        Tr = "tr",
        /// Ukrainian.
        Uk = "uk",
        /// Urdu.
        Ur = "ur",
        /// Uzbek.
        Uz = "uz",
        /// Vietnamese.
        Vi = "vi",
        /// Chinese.
        Zh = "zh",
        /// Chinese, mainland China.
        ZhCN = "zh-CN",
        /// Chinese, Hong Kong.
        ZhHK = "zh-HK",
        /// Chinese, Taiwan.
        ZhTW = "zh-TW",
        /// Zulu.
        Zu = "zu",
    }
}
