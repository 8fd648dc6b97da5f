//! Agents from outside: their registrations, claims and credentials.
//!
//! ```no_run
//! use workos::agents::ValidateAgentCredential;
//!
//! # async fn run(client: workos::Client, presented: String) -> Result<(), workos::Error> {
//! let agents = client.agents();
//!
//! let credential = ValidateAgentCredential::api_key(presented);
//! let answer = agents.create_validate(credential).await?;
//! if let (true, Some(id)) = (answer.valid, answer.registration_id) {
//!     let registration = agents.get_registration(&id).await?;
//!     println!("an agent of {}", registration.organization_id);
//! }
//! # Ok(()) }
//! ```

use super::AgentsApi;
use crate::{SecretString, Timestamp};

operations! {
    AgentsApi, agents;

    /// Links the attempt of an agent to be claimed to a user of yours, and returns the code that
    /// the agent completes the claim with. A user with the external id is made if there is none.
    ///
    /// # Errors
    ///
    /// 400 `invalid_claim`, `invalid_organization`, `email_mismatch` or `wrong_account`; 403
    /// `claim_denied` or `auth_method_disabled`; 409 `organization_selection_required` (the body
    /// lists the organizations to choose from), `email_already_in_use` or `already_claimed`; 410
    /// `claim_expired` or `user_code_expired`.
    PATCH "/agents/claims/attempts"
        => update_attempts(body: LinkClaimAttempt) -> ClaimViewResponse;

    /// Checks a credential that a registered agent presents. Nothing is used up or changed, and a
    /// bad credential is an answer, not an error.
    POST "/agents/credentials/validate"
        => create_validate(body: ValidateAgentCredential) -> AgentCredentialValidation;

    /// Fetches the registration of an agent from outside.
    GET "/agents/registrations/{id}" => get_registration(id) -> AgentRegistration;

    /// Revokes a registration for good, with every API key and access token issued from it: the
    /// agent has to register anew. Doing so again changes nothing.
    POST "/agents/registrations/{id}/revoke" => revoke_registration(id) -> AgentRegistration;
}

inputs! {
    /// Which user claims an agent.
    LinkClaimAttempt ("type" = "link_external_user") {
        /// The token of the attempt, `cla_tkn_…`.
        claim_attempt_token: SecretString,
        /// The user.
        user: LinkClaimAttemptUser,
        /// Where the agent is to act. Required when the user belongs to several organizations.
        organization_id: Option<String>,
    }

    /// The user who claims an agent, as your application knows them.
    LinkClaimAttemptUser {
        /// Their address.
        email: String,
        /// Your own id for them, by which they are found.
        external_id: String,
    }
}

choices! {
    /// A credential of a registered agent to check.
    #[non_exhaustive]
    ValidateAgentCredential {
        /// An API key.
        ApiKey ("type" = "api_key") {
            /// The key.
            credential: SecretString,
        }
        /// An access token, a JWT.
        AccessToken ("type" = "access_token") {
            /// The token.
            credential: SecretString,
            /// For which API the token has to be: its `aud` claim. Not looked at if left out.
            audience: Option<String>,
        }
    }
}

impl ValidateAgentCredential {
    /// An API key.
    pub fn api_key(credential: impl Into<SecretString>) -> Self {
        Self::ApiKey { credential: credential.into() }
    }

    /// An access token, for whatever audience.
    pub fn access_token(credential: impl Into<SecretString>) -> Self {
        Self::AccessToken { credential: credential.into(), audience: None }
    }
}

objects! {
    /// An agent's claim as its user sees it.
    ClaimViewResponse {
        /// The registration that is claimed, `agent_reg_…`.
        id: String,
        /// How far the registration has come.
        status: AgentRegistrationStatus,
        /// The code to show to the user, who gives it to the agent.
        user_code: SecretString,
        /// The organizations of the user, any of which the agent could act in.
        organizations: Vec<ClaimViewResponseOrganization>,
    }

    /// An organization that a claimed agent could act in.
    ClaimViewResponseOrganization {
        /// `org_…`
        id: String,
        /// The name, to choose by.
        name: String,
    }

    /// Whether a credential of a registered agent is good.
    AgentCredentialValidation {
        /// Whether the credential is to be accepted.
        valid: bool,
        /// The registration it was issued from; `None` when it is not valid.
        registration_id: Option<String>,
        /// Until when it works; `None` when it is not valid.
        expires_at: Option<Timestamp>,
    }

    /// An agent from outside that has signed up with your application.
    AgentRegistration {
        /// `agent_reg_…`
        id: String,
        /// Who registered.
        agent_identity: AgentRegistrationAgentIdentity,
        /// The organization that the agent acts in.
        organization_id: String,
        /// How far it has come.
        status: AgentRegistrationStatus,
        /// How the agent proved who it is.
        kind: AgentRegistrationKind,
        /// The wish of the agent that a user vouch for it, where there is one.
        claim: Option<AgentRegistrationClaim>,
        /// When the agent registered.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
    }

    /// Who an agent from outside is.
    AgentRegistrationAgentIdentity {
        /// `agent_identity_…`
        id: String,
        /// The user who has claimed it, `user_…`.
        userland_user_id: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// The wish of an agent that a user vouch for it.
    AgentRegistrationClaim {
        /// The claim's own id.
        id: String,
        /// The attempt that succeeded, once one has.
        claim_completion: Option<AgentRegistrationClaimClaimCompletion>,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Until when a user can fulfil it.
        expires_at: Timestamp,
    }

    /// The fulfilment of a claim.
    AgentRegistrationClaimClaimCompletion {
        /// The completion's own id.
        id: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// Until when it is good.
        expires_at: Timestamp,
        /// When the user vouched for the agent.
        claimed_at: Timestamp,
    }
}

open_enum! {
    /// How far the registration of an agent has come.
    pub enum AgentRegistrationStatus {
        /// Nobody has vouched for the agent.
        Unverified = "unverified",
        /// It is known who the agent belongs to.
        Verified = "verified",
        /// Its time has come.
        Expired = "expired",
        /// It was ended before, for good.
        Revoked = "revoked",
    }
}

open_enum! {
    /// How an agent proved who it is when it registered.
    pub enum AgentRegistrationKind {
        /// Not at all.
        Anonymous = "anonymous",
        /// As a service.
        ServiceAuth = "service_auth",
        /// By the word of an identity provider.
        IdentityAssertion = "identity_assertion",
    }
}
