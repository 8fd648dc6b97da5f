//! The forms of the pages: what each of them does, and how the sign-in goes on after it.

use serde_json::Value;
use workos::SecretString;
use workos::user_management::*;
use workos_contract::is_email;

use super::accounts::{chosen_profile, chosen_user};
use super::{FORMS, first_question};
use crate::fields::{check_phone_number, email};
use crate::hosted::Parameters;
use crate::products::users;
use crate::reply::{Answer, Refusal};
use crate::sign_in::authorize::{self, Failure};
use crate::sign_in::grants::{self, Caller};
use crate::sign_in::{codes, device, invitations, passwords, radar_challenges, sso, steps};
use crate::state::{Change, Decision, Goal, InteractiveSignIn, Method, Opens, Question, SignIn};

/// The forms, each with the end of its path.
const ACTIONS: [&str; 18] = [
    START,
    "email",
    "sign-up",
    "password",
    "send-reset",
    "new-password",
    "send-code",
    "code",
    "account",
    "verify-email",
    "send-verification",
    "second-factor",
    "organization",
    "radar",
    "radar-phone",
    "radar-text",
    "device",
    DECISION,
];
/// The form that starts over, or goes between signing in and signing up.
const START: &str = "start";
/// The form, and the field, of a yes or no.
const DECISION: &str = "decision";

/// How a sign-in goes on after a form.
pub(super) enum Outcome {
    /// With the question of its row.
    Page(Box<InteractiveSignIn>),
    /// At the application.
    Leave(String),
    /// Not at all: its last page has this title and text.
    End(&'static str, &'static str),
}

/// A form, and who sent it.
pub(super) struct Form<'a> {
    pub(super) action: &'a str,
    pub(super) fields: &'a Parameters,
    pub(super) caller: Caller,
    /// The address whose password was checked, and whether it was right.
    pub(super) checked: Option<(String, bool)>,
}

/// Whether a form of these pages is posted to this path.
pub(in crate::hosted) fn is_form(path: &str) -> bool {
    path.strip_prefix(FORMS).is_some_and(|action| ACTIONS.contains(&action))
}

/// Does what a form says. One of another page, which the Back button brought back, does nothing but
/// show where the sign-in is.
pub(super) fn act(
    change: &mut Change<'_>,
    row: InteractiveSignIn,
    form: &Form<'_>,
) -> Answer<Outcome> {
    use Question::*;
    match &row.question {
        Account { .. } | ProviderAccount { .. } => choose_account(change, row, form),
        UserCode | Approval { .. } => connect_device(change, row, form),
        NewPassword { reset_token } => {
            let reset_token = reset_token.clone();
            choose_password(change, row, form, &reset_token)
        }
        _ if form.action == START => start_over(change, row, form),
        Email | SignUp | Password { .. } | ResetSent { .. } | MagicCode { .. } => {
            identify(change, row, form)
        }
        EmailVerification { .. } | SecondFactor { .. } | Organization { .. } => {
            take_step(change, row, form)
        }
        RadarCode { .. } | RadarPhone { .. } | RadarText { .. } => {
            meet_challenge(change, row, form)
        }
    }
}

/// Starts over with the first question, or with that of somebody who has no account yet.
fn start_over(change: &mut Change<'_>, row: InteractiveSignIn, form: &Form<'_>) -> Answer<Outcome> {
    let signs_up = form.fields.get("to") == Some("sign-up");
    match first_question(change, &row.request, &row.goal, signs_up) {
        Ok(question) => ask(change, row, question),
        Err(failure) => {
            let url = row.request.failed(&failure);
            end(change, &row, Outcome::Leave(url))
        }
    }
}

/// Sets the new password of the user who got the link.
fn choose_password(
    change: &mut Change<'_>,
    row: InteractiveSignIn,
    form: &Form<'_>,
    reset_token: &SecretString,
) -> Answer<Outcome> {
    if form.action != "new-password" {
        return Ok(Outcome::Page(row.into()));
    }
    let password = SecretString::from(form.fields.get("password").unwrap_or_default());
    passwords::reset(change, reset_token, password)?;
    let text = "You can sign in with the new password now.";
    end(change, &row, Outcome::End("Password changed", text))
}

/// Finds out who signs in.
fn identify(change: &mut Change<'_>, row: InteractiveSignIn, form: &Form<'_>) -> Answer<Outcome> {
    use Question::*;
    let Form { action, fields, caller, checked } = form;
    match (*action, row.question.clone()) {
        ("email", Email | Password { .. } | MagicCode { .. }) => {
            let email = address(fields)?;
            ask(change, row, Password { email })
        }
        ("sign-up", SignUp) => {
            let sign_in = sign_up(change, &row, fields)?;
            identified(change, row, sign_in)
        }
        ("password", Password { .. }) => {
            let Some((email, is_correct)) = checked else { return Ok(Outcome::Page(row.into())) };
            let mut input = AuthenticateWithPasswordParams::new(email, "");
            input.invitation_token.clone_from(&row.request.invitation_token);
            let sign_in = grants::password(change, caller, &input, *is_correct)?;
            identified(change, row, sign_in)
        }
        ("send-reset", Password { email }) => {
            // The page does not tell whether there is such a user.
            if let Some(user) = change.users.find("email", &email).cloned() {
                passwords::send_reset(change, &user)?;
            }
            ask(change, row, ResetSent { email })
        }
        ("send-code", Password { email } | MagicCode { email }) => {
            let user = users::with_email(change, &email)?;
            codes::send_magic_auth(change, &user, None)?;
            ask(change, row, MagicCode { email })
        }
        ("code", MagicCode { email }) => {
            let mut input = AuthenticateWithMagicAuthParams::new(code(fields), email);
            input.invitation_token.clone_from(&row.request.invitation_token);
            let sign_in = grants::magic_auth(change, caller, &input)?;
            identified(change, row, sign_in)
        }
        _ => Ok(Outcome::Page(row.into())),
    }
}

/// Signs in with an account at an identity provider.
fn choose_account(
    change: &mut Change<'_>,
    row: InteractiveSignIn,
    form: &Form<'_>,
) -> Answer<Outcome> {
    let fields = form.fields;
    match (form.action, row.question.clone()) {
        ("account", _) if fields.get(DECISION) == Some("deny") => {
            let failure = Failure::new("access_denied", "The user refused to sign in.");
            let url = row.request.failed(&failure);
            end(change, &row, Outcome::Leave(url))
        }
        ("account", Question::Account { connection_id }) => {
            let profile = chosen_profile(change, &connection_id, fields)?;
            if row.goal == Goal::Profile {
                let url = sso::grant(change, &row.request, &profile)?;
                return end(change, &row, Outcome::Leave(url));
            }
            let sign_in = authorize::with_profile(change, &row.request, &profile)?;
            go_on(change, row, sign_in)
        }
        ("account", Question::ProviderAccount { provider }) => {
            if fields.get("share") == Some("nothing") {
                let mut sign_in = row.request.sign_in("", Method::from(provider.as_str()));
                sign_in.proves_address = false;
                let opens = Opens::Nameless(Box::new(sign_in));
                let url = authorize::code(change, &row.request, opens)?;
                return end(change, &row, Outcome::Leave(url));
            }
            let user = chosen_user(change, &provider, fields)?;
            let sign_in = authorize::with_provider(change, &row.request, &user)?;
            grants::accept_invitation(change, &user.id, row.request.invitation_token.as_ref())?;
            go_on(change, row, sign_in)
        }
        _ => Ok(Outcome::Page(row.into())),
    }
}

/// Takes a step that a sign-in needs before its session.
fn take_step(change: &mut Change<'_>, row: InteractiveSignIn, form: &Form<'_>) -> Answer<Outcome> {
    use Question::*;
    let Form { action, fields, caller, .. } = form;
    match (*action, row.question.clone()) {
        ("verify-email", EmailVerification { pending, .. }) => {
            let input = AuthenticateWithEmailVerificationParams::new(code(fields), pending);
            let sign_in = grants::email_verification(change, caller, &input)?;
            go_on(change, row, sign_in)
        }
        ("send-verification", EmailVerification { pending, .. }) => {
            let user_id = steps::pending(change, &pending)?.sign_in.user_id;
            let user = User::clone(change.one::<User>(&user_id)?);
            codes::send_verification(change, &user)?;
            Ok(Outcome::Page(row.into()))
        }
        ("second-factor", SecondFactor { pending, challenge_id }) => {
            let input = AuthenticateWithTotpParams::new(code(fields), pending, challenge_id);
            let sign_in = grants::totp(change, caller, &input)?;
            go_on(change, row, sign_in)
        }
        ("organization", Organization { pending, .. }) => {
            let chosen = fields.get("organization").unwrap_or_default();
            let input = AuthenticateWithOrganizationSelectionParams::new(pending, chosen);
            let sign_in = grants::organization_selection(change, &input)?;
            go_on(change, row, sign_in)
        }
        _ => Ok(Outcome::Page(row.into())),
    }
}

/// Meets a challenge of Radar.
fn meet_challenge(
    change: &mut Change<'_>,
    row: InteractiveSignIn,
    form: &Form<'_>,
) -> Answer<Outcome> {
    use Question::*;
    let fields = form.fields;
    match (form.action, row.question.clone()) {
        ("radar", RadarCode { pending, challenge_id }) => {
            let input = AuthenticateWithRadarEmailChallengeParams {
                code: code(fields),
                pending_authentication_token: pending,
                radar_challenge_id: challenge_id,
                ..Default::default()
            };
            let sign_in = grants::radar_email(change, &input)?;
            go_on(change, row, sign_in)
        }
        ("radar-phone", RadarPhone { pending, user_id }) => {
            let phone_number = typed(fields, "phone_number");
            check_phone_number(&phone_number)?;
            let input = SendRadarSmsChallenge::new(user_id, pending.clone(), phone_number);
            let texted = radar_challenges::send_text(change, input)?;
            let (phone_number, verification_id) = (texted.phone_number, texted.verification_id);
            ask(change, row, RadarText { pending, phone_number, verification_id })
        }
        ("radar-text", RadarText { pending, phone_number, verification_id }) => {
            let input = AuthenticateWithRadarSmsChallengeParams {
                code: code(fields),
                pending_authentication_token: pending,
                verification_id: Some(verification_id),
                phone_number: Some(phone_number),
                ..Default::default()
            };
            let sign_in = grants::radar_sms(change, &input)?;
            go_on(change, row, sign_in)
        }
        _ => Ok(Outcome::Page(row.into())),
    }
}

/// Finds the device that shows a code, and lets it in or not.
fn connect_device(
    change: &mut Change<'_>,
    mut row: InteractiveSignIn,
    form: &Form<'_>,
) -> Answer<Outcome> {
    match (form.action, row.question.clone()) {
        ("device", Question::UserCode) => {
            let typed = form.fields.get("user_code").unwrap_or_default();
            let waiting = device::waiting(change, change.now(), typed)?;
            row.request.client_id = waiting.client_id;
            row.goal = Goal::Device { user_code: waiting.user_code };
            ask(change, row, Question::Email)
        }
        (DECISION, Question::Approval { sign_in }) => decide(change, &row, sign_in, form.fields),
        _ => Ok(Outcome::Page(row.into())),
    }
}

/// Goes on with this question.
fn ask(change: &mut Change<'_>, mut row: InteractiveSignIn, question: Question) -> Answer<Outcome> {
    row.question = question;
    change.put(row.clone())?;
    Ok(Outcome::Page(row.into()))
}

/// Ends a sign-in. None of its forms works again.
fn end(change: &mut Change<'_>, row: &InteractiveSignIn, outcome: Outcome) -> Answer<Outcome> {
    change.remove::<InteractiveSignIn>(&row.id)?;
    Ok(outcome)
}

/// Goes on when it is known who signs in, in the organization that the application asked for.
fn identified(change: &mut Change<'_>, row: InteractiveSignIn, sign_in: SignIn) -> Answer<Outcome> {
    let organization_id = row.request.organization_id.clone();
    go_on(change, row, SignIn { organization_id, ..sign_in })
}

/// Goes on with a sign-in: to its next step, or back to who asked for it.
fn go_on(change: &mut Change<'_>, row: InteractiveSignIn, sign_in: SignIn) -> Answer<Outcome> {
    let sign_in = match steps::advance(change, sign_in) {
        Ok(sign_in) => sign_in,
        Err(refusal) => {
            let question = question_of(&refusal).ok_or(refusal)?;
            return ask(change, row, question);
        }
    };
    if matches!(row.goal, Goal::Device { .. }) {
        return ask(change, row, Question::Approval { sign_in: Box::new(sign_in) });
    }
    if row.goal == Goal::Message {
        let text = "You can sign in to the application now.";
        return end(change, &row, Outcome::End("Invitation accepted", text));
    }
    let url = authorize::grant(change, &row.request, sign_in)?;
    end(change, &row, Outcome::Leave(url))
}

/// What the refusal of a step asks for. `None` for a refusal that is not a step.
fn question_of(refusal: &Refusal) -> Option<Question> {
    let text = |name: &str| refusal.body.get(name)?.as_str().map(str::to_owned);
    let inner = |name: &str| refusal.body.get(name)?.get("id")?.as_str().map(str::to_owned);
    let pending = text("pending_authentication_token").map(SecretString::from)?;
    Some(match refusal.code() {
        "email_verification_required" => {
            Question::EmailVerification { pending, email: text("email")? }
        }
        "mfa_challenge" => {
            let challenge_id = inner("authentication_challenge")?;
            Question::SecondFactor { pending, challenge_id }
        }
        "organization_selection_required" => {
            let pair = |one: &Value| {
                let text = |name: &str| one.get(name)?.as_str().map(str::to_owned);
                Some((text("id")?, text("name")?))
            };
            let listed = refusal.body.get("organizations")?.as_array()?;
            let organizations = listed.iter().filter_map(pair).collect();
            Question::Organization { pending, organizations }
        }
        "radar_challenge" => {
            Question::RadarCode { pending, challenge_id: text("radar_challenge_id")? }
        }
        "radar_sms_sign_in_challenge" => Question::RadarPhone { pending, user_id: inner("user")? },
        _ => return None,
    })
}

/// Creates a user, whose address the link of an invitation has verified.
fn sign_up(
    change: &mut Change<'_>,
    row: &InteractiveSignIn,
    fields: &Parameters,
) -> Answer<SignIn> {
    let address = address(fields)?;
    let password = fields.text("password").unwrap_or_default();
    passwords::check_strength(change, &password)?;
    let id = match newcomer(change, row, &address) {
        Some(id) => id,
        None => users::create(change, CreateUser::new(address))?.id.clone(),
    };
    users::add_name(change, &id, fields.text("first_name"), fields.text("last_name"))?;
    passwords::store(change, &id, Some(SecretString::from(password)))?;
    if let Some(token) = &row.request.invitation_token {
        grants::accept_invitation(change, &id, Some(token))?;
        codes::verify_address(change, &id)?;
    }
    Ok(row.request.sign_in(&id, Method::Password))
}

/// The user of an invitation whom nobody has signed in as: an invitation to an organization
/// creates its user at once.
fn newcomer(change: &Change<'_>, row: &InteractiveSignIn, address: &str) -> Option<String> {
    let invitation = invitations::pending(change, row.request.invitation_token.as_ref()?)?;
    let user = change.users.find("email", address)?;
    let is_new = invitation.email == address
        && user.last_sign_in_at.is_none()
        && change.passwords.get(&user.id).is_none();
    is_new.then(|| user.id.clone())
}

/// Lets a device in, or not.
fn decide(
    change: &mut Change<'_>,
    row: &InteractiveSignIn,
    sign_in: Box<SignIn>,
    fields: &Parameters,
) -> Answer<Outcome> {
    let Goal::Device { user_code } = &row.goal else {
        return Ok(Outcome::Page(Box::new(row.clone())));
    };
    let (decision, outcome) = match fields.get(DECISION) {
        Some("approve") => {
            let text = "The device signs in now. You can close this page.";
            (Decision::Approved(sign_in), Outcome::End("Device approved", text))
        }
        Some("deny") => {
            let text = "The device does not sign in. You can close this page.";
            (Decision::Denied, Outcome::End("Device denied", text))
        }
        _ => return Ok(Outcome::Page(Box::new(row.clone()))),
    };
    device::decide(change, user_code, decision)?;
    end(change, row, outcome)
}

/// The email address of a form.
pub(super) fn address(fields: &Parameters) -> Answer<String> {
    let address = email(fields.get("email").unwrap_or_default());
    if is_email(&address) {
        return Ok(address);
    }
    let message = "Enter an email address, such as ada@example.com.";
    Err(Refusal::bad_request("invalid_email", message))
}

/// A field without the spaces that people put between groups of digits.
fn typed(fields: &Parameters, name: &str) -> String {
    let text = fields.get(name).unwrap_or_default();
    text.chars().filter(|char| !char.is_whitespace()).collect()
}

fn code(fields: &Parameters) -> SecretString {
    typed(fields, "code").into()
}
