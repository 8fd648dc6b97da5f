//! [`Traffic`]: what an application and its users do.

use std::collections::VecDeque;

use workos::organization_membership::CreateOrganizationMembership;
use workos::organizations::{CreateOrganization, UpdateOrganization};
use workos::transport::{HttpRequest, SharedTransport};
use workos::user_management::*;
use workos::{Client, SecretString};

/// How many users there are, after a while.
const USERS: usize = 100;
/// How many organizations there are, after a while.
const ORGANIZATIONS: usize = 30;
/// How many sessions are refreshed.
const SESSIONS: usize = 50;

/// Users who come, sign in, and go. There is never more of anything than at the beginning.
pub(crate) struct Traffic {
    transport: SharedTransport,
    random: fastrand::Rng,
    /// How many there ever were.
    count: usize,
    /// IDs and email addresses.
    users: VecDeque<(String, String)>,
    organizations: VecDeque<String>,
    refresh_tokens: VecDeque<SecretString>,
}

impl Traffic {
    pub(crate) fn new(transport: SharedTransport) -> Self {
        let random = fastrand::Rng::with_seed(1);
        let (count, users, organizations, refresh_tokens) = Default::default();
        Self { transport, random, count, users, organizations, refresh_tokens }
    }

    /// Does one thing.
    pub(crate) async fn step(&mut self, client: &Client) {
        self.count += 1;
        if self.users.is_empty() {
            return self.add_user(client).await;
        }
        match self.random.u32(..10) {
            0 => self.add_user(client).await,
            1 => self.add_organization(client).await,
            2 => self.change_organization(client).await,
            3 => self.change_user(client).await,
            4 | 5 => self.sign_in_with_a_code(client).await,
            6 | 7 => self.sign_in_on_the_page(client).await,
            8 => self.refresh(client).await,
            _ => self.verify_address(client).await,
        }
    }

    fn user(&mut self) -> (String, String) {
        self.users[self.random.usize(..self.users.len())].clone()
    }

    /// A user signs up, and the oldest one goes.
    async fn add_user(&mut self, client: &Client) {
        let email = format!("user{}@acme.test", self.count);
        let users = client.user_management();
        let user = users.create_user(CreateUser::new(&email)).await.unwrap();
        if let Some(organization) = self.organizations.back() {
            let new = CreateOrganizationMembership::new(&user.id, organization);
            client.organization_membership().create_organization_membership(new).await.unwrap();
        }
        self.users.push_back((user.id, email));
        if self.users.len() > USERS {
            let (oldest, _) = self.users.pop_front().unwrap();
            users.delete_user(&oldest).await.unwrap();
        }
    }

    async fn add_organization(&mut self, client: &Client) {
        let new = CreateOrganization::new(format!("Organization {}", self.count));
        let organizations = client.organizations();
        self.organizations.push_back(organizations.create_organization(new).await.unwrap().id);
        if self.organizations.len() > ORGANIZATIONS {
            let oldest = self.organizations.pop_front().unwrap();
            organizations.delete_organization(&oldest).await.unwrap();
        }
    }

    async fn change_organization(&mut self, client: &Client) {
        let Some(id) = self.organizations.back() else { return };
        let name = Some(format!("Renamed {}", self.count));
        let update = UpdateOrganization { name, ..Default::default() };
        client.organizations().update_organization(id, update).await.unwrap();
    }

    async fn change_user(&mut self, client: &Client) {
        let (id, _) = self.user();
        let first_name = Some(format!("Ada {}", self.count));
        let update = UpdateUser { first_name, ..Default::default() };
        client.user_management().update_user(&id, update).await.unwrap();
    }

    async fn sign_in_with_a_code(&mut self, client: &Client) {
        let (_, email) = self.user();
        let users = client.user_management();
        let sent = users.create_magic_auth(CreateMagicAuth::new(&email)).await.unwrap();
        let params = AuthenticateWithMagicAuthParams::new(sent.code.unwrap(), email);
        let signed_in = users.authenticate_with_magic_auth(params).await.unwrap();
        self.keep(client, signed_in.refresh_token).await;
    }

    async fn sign_in_on_the_page(&mut self, client: &Client) {
        let (_, email) = self.user();
        let path = "/user_management/authorize?client_id=client_emulator&response_type=code";
        let redirect = "http://localhost/callback";
        let url = format!(
            "http://localhost{path}&provider=authkit&redirect_uri={redirect}&login_hint={email}"
        );
        let (method, headers, body) = Default::default();
        let request = HttpRequest { method, url, headers, body };
        let response = self.transport.execute(request).await.unwrap();
        let location = response.headers["location"].to_str().unwrap();
        let (_, code) = location.split_once("code=").unwrap();
        let params = AuthenticateWithCodeParams::new(code.split('&').next().unwrap());
        // A user who never signed in with a code has to verify the address first.
        if let Ok(signed_in) = client.user_management().authenticate_with_code(params).await {
            self.keep(client, signed_in.refresh_token).await;
        }
    }

    /// Keeps a session, until there are too many.
    async fn keep(&mut self, client: &Client, refresh_token: SecretString) {
        self.refresh_tokens.push_back(refresh_token);
        if self.refresh_tokens.len() > SESSIONS {
            self.refresh_tokens.pop_front();
        }
        let (id, _) = self.user();
        client.user_management().list_sessions(&id, Default::default()).await.unwrap();
    }

    async fn refresh(&mut self, client: &Client) {
        let Some(token) = self.refresh_tokens.pop_back() else { return };
        let params = AuthenticateWithRefreshTokenParams::new(token);
        // The user may be gone.
        let refreshed = client.user_management().authenticate_with_refresh_token(params).await;
        self.refresh_tokens.extend(refreshed.map(|refreshed| refreshed.refresh_token));
    }

    async fn verify_address(&mut self, client: &Client) {
        let (id, _) = self.user();
        // It may be verified already.
        let email = SendVerificationEmail::default();
        let _ = client.user_management().send_verification_email(&id, email).await;
    }
}
