//! Agent registrations: third-party agents, their claims and credentials.
//!
//! ```no_run
//! use workos::agents::ValidateAgentCredential;
//!
//! # async fn run(client: workos::Client, presented: String) -> Result<(), workos::Error> {
//! let agents = client.agents();
//!
//! let credential = ValidateAgentCredential::api_key(presented);
//! let validation = agents.create_validate(credential).await?;
//! if let (true, Some(id)) = (validation.valid, validation.registration_id) {
//!     let registration = agents.get_registration(&id).await?;
//!     println!("an agent of {}", registration.organization_id);
//! }
//! # Ok(()) }
//! ```

use super::AgentsApi;
use crate::{SecretString, Timestamp};

operations! {
    AgentsApi, agents;

    /// Links an agent's claim attempt to one of your users, and returns the code that the agent
    /// completes the claim with. Creates the user if there is none with this external ID.
    ///
    /// # Errors
    ///
    /// 400 `invalid_claim`, `invalid_organization`, `email_mismatch` or `wrong_account`; 403
    /// `claim_denied` or `auth_method_disabled`; 409 `organization_selection_required` (the body
    /// lists the organizations to choose from), `email_already_in_use` or `already_claimed`; 410
    /// `claim_expired` or `user_code_expired`.
    #[doc(alias("claim_agent", "link_claim_attempt", "user_code"))]
    PATCH "/agents/claims/attempts" @ "agents/link-claim-attempt"
        => update_attempts(body: LinkClaimAttempt) -> ClaimViewResponse;

    /// Validates a credential of a registered agent, without consuming it. An invalid credential is
    /// not an error: see [`valid`](AgentCredentialValidation::valid).
    #[doc(alias = "validate_credential")]
    POST "/agents/credentials/validate" @ "agents/validate-credential"
        => create_validate(body: ValidateAgentCredential) -> AgentCredentialValidation;

    /// Fetches one agent registration.
    GET "/agents/registrations/{id}" @ "agents/registration/get-registration"
        => get_registration(id) -> AgentRegistration;

    /// Permanently revokes a registration with every API key and access token issued from it. The
    /// agent must register again. Has no effect on a revoked registration.
    POST "/agents/registrations/{id}/revoke" @ "agents/registration/revoke-registration"
        => revoke_registration(id) -> AgentRegistration;
}

inputs! {
    /// The user who claims an agent.
    LinkClaimAttempt ("type" = "link_external_user") {
        /// The token of the claim attempt, `cla_tkn_…`.
        claim_attempt_token: SecretString,
        /// The user.
        user: LinkClaimAttemptUser,
        /// The organization for the agent to act in. Required if the user belongs to several.
        organization_id: Option<String>,
    }

    /// A user of your application who claims an agent.
    LinkClaimAttemptUser {
        /// The email address.
        email: String,
        /// The external ID that the user is looked up by.
        external_id: String,
    }
}

choices! {
    /// A credential of a registered agent to validate.
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
            /// The expected audience, the `aud` claim. Not checked if `None`.
            audience: Option<String>,
        }
    }
}

impl ValidateAgentCredential {
    /// An API key.
    pub fn api_key(credential: impl Into<SecretString>) -> Self {
        Self::ApiKey { credential: credential.into() }
    }

    /// An access token for any audience.
    pub fn access_token(credential: impl Into<SecretString>) -> Self {
        Self::AccessToken { credential: credential.into(), audience: None }
    }
}

objects! {
    /// An agent's claim, for the user who claims it.
    ClaimViewResponse {
        /// The registration that is being claimed, `agent_reg_…`.
        id: String,
        /// The status of the registration.
        status: AgentRegistrationStatus,
        /// The code to show to the user, who passes it on to the agent.
        user_code: SecretString,
        /// The user's organizations, to choose where the agent acts.
        organizations: Vec<ClaimViewResponseOrganization>,
    }

    /// An organization that a claimed agent can act in.
    ClaimViewResponseOrganization {
        /// `org_…`
        id: String,
        /// The name.
        name: String,
    }

    /// The result of validating an agent's credential.
    AgentCredentialValidation {
        /// Whether the credential is valid.
        valid: bool,
        /// The registration that it was issued from; `None` if invalid.
        registration_id: Option<String>,
        /// When it expires; `None` if invalid.
        expires_at: Option<Timestamp>,
    }

    /// The registration of a third-party agent with your application.
    AgentRegistration {
        /// `agent_reg_…`
        id: String,
        /// The identity of the agent.
        agent_identity: AgentRegistrationAgentIdentity,
        /// The organization that the agent acts in.
        organization_id: String,
        /// The status.
        status: AgentRegistrationStatus,
        /// How the agent registered.
        kind: AgentRegistrationKind,
        /// The agent's request to be claimed by a user, if any.
        claim: Option<AgentRegistrationClaim>,
        /// When the agent registered.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
    }

    /// The identity of a third-party agent.
    AgentRegistrationAgentIdentity {
        /// `agent_identity_…`
        id: String,
        /// The user who claimed it, `user_…`.
        userland_user_id: Option<String>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
    }

    /// An agent's request to be claimed by a user.
    AgentRegistrationClaim {
        /// The ID of the claim.
        id: String,
        /// The completion, once a user has claimed the agent.
        claim_completion: Option<AgentRegistrationClaimClaimCompletion>,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// When it expires.
        expires_at: Timestamp,
    }

    /// The completion of a claim.
    AgentRegistrationClaimClaimCompletion {
        /// The ID of the completion.
        id: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed.
        updated_at: Timestamp,
        /// When it expires.
        expires_at: Timestamp,
        /// When the user claimed the agent.
        claimed_at: Timestamp,
    }
}

open_enum! {
    /// The status of an agent registration.
    pub enum AgentRegistrationStatus {
        /// The agent is not linked to a user.
        Unverified = "unverified",
        /// The agent is linked to a user.
        Verified = "verified",
        /// Expired.
        Expired = "expired",
        /// Permanently revoked.
        Revoked = "revoked",
    }
}

open_enum! {
    /// How an agent identified itself when it registered.
    pub enum AgentRegistrationKind {
        /// Without a user identity.
        Anonymous = "anonymous",
        /// With the email address of a user, who must claim it.
        ServiceAuth = "service_auth",
        /// With an identity assertion from an identity provider.
        IdentityAssertion = "identity_assertion",
    }
}
