// Sign-in: every grant that the SDK has, sessions, SSO, second factors.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import { browse, claims, has, ids, isId, made, refused, same, step, totp } from './steps.mjs';

const CALLBACK = 'http://localhost:3000/callback';
const PASSWORD = 'correct horse battery';
const COOKIE_PASSWORD = 'a password of at least thirty-two characters';

export async function signIn(workos, emulator) {
  await passwords(workos, emulator);
  await codes(workos);
  await sso(workos);
  await mfa(workos, emulator);
  await sessions(workos, emulator);
}

async function passwords({ userManagement: users }, emulator) {
  const ada = { email: 'ada@acme.test', password: PASSWORD };
  await step('sign in with a password', async () => {
    made.signedIn = await users.authenticateWithPassword(ada);
    has(made.signedIn, { organizationId: made.acme.id, authenticationMethod: 'Password' });
    same(made.signedIn.user.id, made.ada.id);
    has(claims(made.signedIn.accessToken), {
      iss: emulator.url,
      sub: made.ada.id,
      org_id: made.acme.id,
      role: 'editor',
      client_id: emulator.clientId,
    });
  });
  await step('a wrong password is refused', async () => {
    const wrong = users.authenticateWithPassword({ ...ada, password: 'wrong' });
    await refused(wrong, 400, 'invalid_credentials');
  });
  await step('sign in with a password whose hash was imported', async () => {
    const cleo = { email: 'cleo@acme.test', password: 'letmein-letmein' };
    same((await users.authenticateWithPassword(cleo)).user.id, made.cleo.id);
  });
  await step('the sign-in is remembered', async () => {
    same(typeof (await users.getUser(made.ada.id)).lastSignInAt, 'string');
  });
  await step('reset a password', async () => {
    const { id, passwordResetToken: token } = await users.createPasswordReset({ email: ada.email });
    same((await users.getPasswordReset(id)).passwordResetToken, token);
    const newPassword = 'another horse battery';
    const { user } = await users.resetPassword({ token, newPassword });
    same(user.id, made.ada.id);
    const old = users.authenticateWithPassword(ada);
    await refused(old, 400, 'invalid_credentials');
    await users.updateUser({ userId: made.ada.id, password: PASSWORD });
    await users.authenticateWithPassword(ada);
  });
  await step('a reset token works once', async () => {
    const { passwordResetToken: token } = await users.createPasswordReset({ email: ada.email });
    await users.resetPassword({ token, newPassword: PASSWORD });
    const again = await users
      .resetPassword({ token, newPassword: PASSWORD })
      .catch((error) => error);
    same(again.status >= 400 && again.status < 500, true);
  });
  await step('an unverified address is verified first', async () => {
    const ivy = { email: 'ivy@acme.test', password: PASSWORD };
    made.ivy = await users.createUser(ivy);
    const error = await refused(
      users.authenticateWithPassword(ivy),
      403,
      'email_verification_required',
    );
    const { pending_authentication_token, email_verification_id, email } = error.rawData;
    same(email, ivy.email);
    const { code } = await users.getEmailVerification(email_verification_id);
    const signedIn = await users.authenticateWithEmailVerification({
      code,
      pendingAuthenticationToken: pending_authentication_token,
    });
    has(signedIn.user, { id: made.ivy.id, emailVerified: true });
  });
  await step('verify an address without signing in', async () => {
    const { id } = await users.createUser({ email: 'jon@acme.test' });
    const sent = await users.sendVerificationEmail({ userId: id });
    same(sent.user.id, id);
    const mails = await emulator.control('GET', 'outbox');
    const { code } = mails.findLast((mail) => mail.to === 'jon@acme.test');
    const { user } = await users.verifyEmail({ userId: id, code });
    has(user, { id, emailVerified: true });
  });
}

async function codes({ userManagement: users, pkce }) {
  await step('sign in with Magic Auth', async () => {
    const sent = await users.createMagicAuth({ email: 'kim@acme.test' });
    same((await users.getMagicAuth(sent.id)).code, sent.code);
    const { email, code } = sent;
    const signedIn = await users.authenticateWithMagicAuth({ email, code });
    has(signedIn, { authenticationMethod: 'MagicAuth' });
    has(signedIn.user, { email, emailVerified: true });
    const again = users.authenticateWithMagicAuth({ email, code });
    await refused(again, 400, 'one_time_code_previously_used');
  });
  await step('a wrong Magic Auth code is refused', async () => {
    const { email } = await users.createMagicAuth({ email: 'kim@acme.test' });
    const wrong = users.authenticateWithMagicAuth({ email, code: '000000' });
    await refused(wrong, 400, 'invalid_one_time_code');
  });
  await step('sign in with the code of a redirect', async () => {
    const url = users.getAuthorizationUrl({
      provider: 'authkit',
      redirectUri: CALLBACK,
      loginHint: 'ada@acme.test',
      state: 'a b',
    });
    const back = await browse(url);
    same([back.origin + back.pathname, back.searchParams.get('state')], [CALLBACK, 'a b']);
    const code = back.searchParams.get('code');
    const signedIn = await users.authenticateWithCode({ code });
    same(signedIn.user.id, made.ada.id);
    await refused(users.authenticateWithCode({ code }), 400, 'invalid_grant');
  });
  await step('sign in with PKCE', async () => {
    const { url, state, codeVerifier } = await users.getAuthorizationUrlWithPKCE({
      provider: 'authkit',
      redirectUri: CALLBACK,
      loginHint: 'ada@acme.test',
    });
    const back = await browse(url);
    same(back.searchParams.get('state'), state);
    const code = back.searchParams.get('code');
    const wrong = users.authenticateWithCodeAndVerifier({
      code,
      codeVerifier: pkce.generateCodeVerifier(),
    });
    await refused(wrong, 400, 'invalid_grant');
    const signedIn = await users.authenticateWithCodeAndVerifier({ code, codeVerifier });
    same(signedIn.user.id, made.ada.id);
  });
  await step('a user who does not exist is sent back with an error', async () => {
    const url = users.getAuthorizationUrl({
      provider: 'authkit',
      redirectUri: CALLBACK,
      loginHint: 'nobody@acme.test',
    });
    same((await browse(url)).searchParams.get('error'), 'user_not_found');
  });
}

async function sso({ sso, userManagement: users }) {
  await step('sign in through SSO', async () => {
    const url = sso.getAuthorizationUrl({
      connection: made.connection.id,
      clientId: 'client_compat',
      redirectUri: CALLBACK,
      state: 's1',
    });
    const back = await browse(url);
    same(back.searchParams.get('state'), 's1');
    const answer = await sso.getProfileAndToken({
      code: back.searchParams.get('code'),
      clientId: 'client_compat',
    });
    made.profile = answer.profile;
    made.profileToken = answer.accessToken;
    isId(made.profile.id, 'prof');
    has(made.profile, {
      email: 'hal@acme.test',
      firstName: 'Hal',
      idpId: 'h1',
      connectionId: made.connection.id,
      connectionType: 'OktaSAML',
      organizationId: made.acme.id,
      groups: ['Ops'],
    });
  });
  await step('get the profile of an access token', async () => {
    same(await sso.getProfile({ accessToken: made.profileToken }), made.profile);
  });
  await step('sign in through the SSO of an organization, with PKCE', async () => {
    const { url, state, codeVerifier } = await sso.getAuthorizationUrlWithPKCE({
      organization: made.acme.id,
      clientId: 'client_compat',
      redirectUri: CALLBACK,
    });
    const back = await browse(url);
    same(back.searchParams.get('state'), state);
    const { profile } = await sso.getProfileAndToken({
      code: back.searchParams.get('code'),
      clientId: 'client_compat',
      codeVerifier,
    });
    same(profile.email, 'hal@acme.test');
  });
  await step('a code of SSO works once', async () => {
    const url = sso.getAuthorizationUrl({
      connection: made.connection.id,
      clientId: 'client_compat',
      redirectUri: CALLBACK,
    });
    const code = (await browse(url)).searchParams.get('code');
    await sso.getProfileAndToken({ code, clientId: 'client_compat' });
    const again = sso.getProfileAndToken({ code, clientId: 'client_compat' });
    await refused(again, 400, 'invalid_grant');
  });
  await step('sign in to AuthKit through SSO', async () => {
    const url = users.getAuthorizationUrl({
      connectionId: made.connection.id,
      redirectUri: CALLBACK,
    });
    const code = (await browse(url)).searchParams.get('code');
    const signedIn = await users.authenticateWithCode({ code });
    same(signedIn.authenticationMethod, 'SSO');
    same(signedIn.user.email, 'hal@acme.test');
  });
  await step('delete a connection', async () => {
    await sso.deleteConnection(made.connection.id);
    await refused(sso.getConnection(made.connection.id), 404, 'entity_not_found');
  });
}

async function mfa({ multiFactorAuth: mfa, userManagement: users, organizations }, emulator) {
  await step('enroll an authenticator app, and verify its code', async () => {
    const factor = await mfa.enrollFactor({ type: 'totp', issuer: 'Acme', user: 'ada' });
    isId(factor.id, 'auth_factor');
    same([factor.type, factor.totp.issuer, factor.totp.user], ['totp', 'Acme', 'ada']);
    same(factor.totp.qrCode.startsWith('data:image/'), true);
    const challenge = await mfa.challengeFactor({ authenticationFactorId: factor.id });
    same(challenge.authenticationFactorId, factor.id);
    const verify = (code) =>
      mfa.verifyChallenge({ authenticationChallengeId: challenge.id, code });
    same((await verify('000000')).valid, false);
    const right = await verify(totp(factor.totp.secret));
    same([right.valid, right.challenge.id], [true, challenge.id]);
    made.factor = factor;
  });
  await step('get and delete a factor', async () => {
    same((await mfa.getFactor(made.factor.id)).id, made.factor.id);
    await mfa.deleteFactor(made.factor.id);
    await refused(mfa.getFactor(made.factor.id), 404, 'entity_not_found');
  });
  await step('send a code as a text message', async () => {
    const phoneNumber = '+15005550006';
    const factor = await mfa.enrollFactor({ type: 'sms', phoneNumber });
    same(factor.sms, { phoneNumber });
    const { id } = await mfa.challengeFactor({ authenticationFactorId: factor.id });
    const texts = await emulator.control('GET', 'outbox/texts');
    const { code } = texts.findLast((text) => text.to === phoneNumber);
    const { valid } = await mfa.verifyChallenge({ authenticationChallengeId: id, code });
    same(valid, true);
  });
  await step('enroll an authenticator app of a user', async () => {
    made.lea = await users.createUser({
      email: 'lea@acme.test',
      password: PASSWORD,
      emailVerified: true,
    });
    const enrolled = await mfa.createUserAuthFactor({
      userId: made.lea.id,
      type: 'totp',
      totpIssuer: 'Acme',
      totpUser: 'lea',
    });
    same(enrolled.authenticationFactor.userId, made.lea.id);
    made.totpSecret = enrolled.authenticationFactor.totp.secret;
    const page = await mfa.listUserAuthFactors({ userId: made.lea.id });
    same(ids(page), [enrolled.authenticationFactor.id]);
  });
  const password = () =>
    users.authenticateWithPassword({ email: 'lea@acme.test', password: PASSWORD });
  await step('sign in with a second factor', async () => {
    const { rawData } = await refused(password(), 403, 'mfa_challenge');
    const [{ id }] = rawData.authentication_factors;
    const challenge = await mfa.challengeFactor({ authenticationFactorId: id });
    const totpWith = (code) =>
      users.authenticateWithTotp({
        code,
        authenticationChallengeId: challenge.id,
        pendingAuthenticationToken: rawData.pending_authentication_token,
      });
    await refused(totpWith('000000'), 400, 'invalid_one_time_code');
    const signedIn = await totpWith(totp(made.totpSecret));
    same(signedIn.user.id, made.lea.id);
  });
  await step('choose one of several organizations', async () => {
    const max = await users.createUser({
      email: 'max@acme.test',
      password: PASSWORD,
      emailVerified: true,
    });
    made.max = max;
    for (const { id } of [made.acme, made.beta]) {
      await users.createOrganizationMembership({ userId: max.id, organizationId: id });
    }
    const { rawData } = await refused(
      users.authenticateWithPassword({ email: max.email, password: PASSWORD }),
      403,
      'organization_selection_required',
    );
    same(rawData.organizations.map((one) => one.id).sort(), [made.acme.id, made.beta.id].sort());
    const signedIn = await users.authenticateWithOrganizationSelection({
      organizationId: made.beta.id,
      pendingAuthenticationToken: rawData.pending_authentication_token,
    });
    same(signedIn.organizationId, made.beta.id);
    made.maxSignedIn = signedIn;
  });
  await step('enter an organization by invitation', async () => {
    const { token } = await users.sendInvitation({
      email: 'nia@acme.test',
      organizationId: made.acme.id,
    });
    const { code, email } = await users.createMagicAuth({
      email: 'nia@acme.test',
      invitationToken: token,
    });
    const signedIn = await users.authenticateWithMagicAuth({ email, code, invitationToken: token });
    same(signedIn.organizationId, made.acme.id);
  });
}

async function sessions(workos, emulator) {
  const { userManagement: users } = workos;
  await step('a device waits for its user', async () => {
    const post = (path, body) => workos.post(path, body);
    const { data } = await post('/user_management/authorize/device', {
      client_id: emulator.clientId,
    });
    same([data.interval > 0, data.expires_in > 0, data.user_code.length > 0], [true, true, true]);
    const poll = () =>
      post('/user_management/authenticate', {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: emulator.clientId,
        device_code: data.device_code,
      });
    await refused(poll(), 400, 'authorization_pending');
    await refused(poll(), 400, 'slow_down');
  });
  await step('refresh a session', async () => {
    // The one from above was ended when the password was reset.
    made.signedIn = await users.authenticateWithPassword({
      email: 'ada@acme.test',
      password: PASSWORD,
    });
    const { refreshToken, accessToken } = made.signedIn;
    const next = await users.authenticateWithRefreshToken({ refreshToken });
    same(claims(next.accessToken).sid, claims(accessToken).sid);
    same(next.refreshToken === refreshToken, false);
  });
  await step('an unknown refresh token is refused', async () => {
    const unknown = users.authenticateWithRefreshToken({ refreshToken: 'none' });
    await refused(unknown, 400, 'invalid_grant');
  });
  await step('switch the organization', async () => {
    const { refreshToken } = made.maxSignedIn;
    const next = await users.authenticateWithRefreshToken({
      refreshToken,
      organizationId: made.acme.id,
    });
    same([next.organizationId, claims(next.accessToken).org_id], [made.acme.id, made.acme.id]);
  });
  await step('verify an access token with the key set', async () => {
    const keys = createRemoteJWKSet(new URL(users.getJwksUrl(emulator.clientId)));
    const { payload } = await jwtVerify(made.signedIn.accessToken, keys, { issuer: emulator.url });
    same(payload.sub, made.ada.id);
  });
  await step('list the sessions of a user', async () => {
    const { data } = await users.listSessions(made.max.id);
    same(data.length, 1);
    has(data[0], {
      object: 'session',
      id: claims(made.maxSignedIn.accessToken).sid,
      userId: made.max.id,
      status: 'active',
      authMethod: 'password',
    });
  });
  await step('revoke a session', async () => {
    const { data } = await users.listSessions(made.max.id);
    await users.revokeSession({ sessionId: data[0].id });
    const { refreshToken } = made.maxSignedIn;
    await refused(users.authenticateWithRefreshToken({ refreshToken }), 400, 'invalid_grant');
  });
  await step('the logout URL ends a session', async () => {
    const { accessToken, refreshToken } = await users.authenticateWithPassword({
      email: 'ivy@acme.test',
      password: PASSWORD,
    });
    const returnTo = 'http://localhost:3000/bye';
    const url = users.getLogoutUrl({ sessionId: claims(accessToken).sid, returnTo });
    same((await browse(url)).href, returnTo);
    await refused(users.authenticateWithRefreshToken({ refreshToken }), 400, 'invalid_grant');
  });

  await step('seal a session while signing in', async () => {
    const { sealedSession } = await users.authenticateWithPassword({
      email: 'ada@acme.test',
      password: PASSWORD,
      session: { sealSession: true, cookiePassword: COOKIE_PASSWORD },
    });
    made.sealed = sealedSession;
    same(typeof sealedSession, 'string');
  });
  const load = (sessionData) =>
    users.loadSealedSession({ sessionData, cookiePassword: COOKIE_PASSWORD });
  await step('authenticate a sealed session', async () => {
    const session = await load(made.sealed).authenticate();
    has(session, { authenticated: true, organizationId: made.acme.id, role: 'editor' });
    same([...session.permissions].sort(), ['posts:read', 'posts:write']);
    same(session.featureFlags, ['new-search']);
    same(session.user.id, made.ada.id);
  });
  await step('a sealed session opens with its own password only', async () => {
    const session = await users
      .loadSealedSession({ sessionData: made.sealed, cookiePassword: 'x'.repeat(40) })
      .authenticate();
    same(session, { authenticated: false, reason: 'invalid_session_cookie' });
  });
  await step('refresh a sealed session', async () => {
    const refreshed = await load(made.sealed).refresh();
    has(refreshed, { authenticated: true, organizationId: made.acme.id });
    made.resealed = refreshed.sealedSession;
    has(await load(made.resealed).authenticate(), { authenticated: true });
  });
  await step('the logout URL of a sealed session', async () => {
    const url = await load(made.resealed).getLogoutUrl({ returnTo: 'http://localhost:3000/bye' });
    same((await browse(url)).href, 'http://localhost:3000/bye');
    const refreshed = await load(made.resealed).refresh();
    has(refreshed, { authenticated: false, reason: 'invalid_grant' });
  });
}
