// Roles, permissions, and access to resources.

import { has, ids, isId, made, refused, same, step } from './steps.mjs';

export async function access(workos, emulator) {
  const { authorization, userManagement: users, groups } = workos;

  await step('seed resource types', async () => {
    await emulator.control('POST', 'seed', {
      resourceTypes: [
        { slug: 'workspace', name: 'Workspace', parents: ['organization'] },
        { slug: 'project', name: 'Project', parents: ['workspace'] },
      ],
    });
  });
  await step('create a permission', async () => {
    made.permission = await authorization.createPermission({
      slug: 'posts:write',
      name: 'Write posts',
      description: 'All posts',
    });
    isId(made.permission.id, 'perm');
    has(made.permission, {
      object: 'permission',
      slug: 'posts:write',
      name: 'Write posts',
      description: 'All posts',
      system: false,
      resourceTypeSlug: 'organization',
    });
  });
  await step('a permission of a resource type', async () => {
    const permission = await authorization.createPermission({
      slug: 'project:edit',
      name: 'Edit projects',
      resourceTypeSlug: 'project',
    });
    has(permission, { slug: 'project:edit', resourceTypeSlug: 'project', description: null });
  });
  await step('get a permission', async () => {
    same(await authorization.getPermission('posts:write'), made.permission);
  });
  await step('list permissions', async () => {
    const slugs = (await authorization.listPermissions({ limit: 100 })).data.map((one) => one.slug);
    same(slugs.filter((slug) => !slug.startsWith('widgets:')).sort(), [
      'posts:write',
      'project:edit',
    ]);
  });
  await step('update a permission', async () => {
    const updated = await authorization.updatePermission('posts:write', {
      name: 'Write',
      description: null,
    });
    has(updated, { slug: 'posts:write', name: 'Write', description: null });
  });
  await step('delete a permission', async () => {
    await authorization.createPermission({ slug: 'gone', name: 'Gone' });
    await authorization.deletePermission('gone');
    await refused(authorization.getPermission('gone'), 404, 'entity_not_found');
  });
  await step('create a role', async () => {
    const role = await authorization.createEnvironmentRole({ slug: 'editor', name: 'Editor' });
    made.role = role;
    isId(role.id, 'role');
    has(role, {
      slug: 'editor',
      name: 'Editor',
      description: null,
      permissions: [],
      type: 'EnvironmentRole',
      resourceTypeSlug: 'organization',
    });
  });
  await step('get a role', async () => {
    same(await authorization.getEnvironmentRole('editor'), made.role);
  });
  await step('update a role', async () => {
    const updated = await authorization.updateEnvironmentRole('editor', { description: 'Edits' });
    has(updated, { slug: 'editor', name: 'Editor', description: 'Edits' });
  });
  await step('set the permissions of a role', async () => {
    const role = await authorization.setEnvironmentRolePermissions('editor', {
      permissions: ['posts:write'],
    });
    same(role.permissions, ['posts:write']);
  });
  await step('add a permission to a role', async () => {
    await authorization.createPermission({ slug: 'posts:read', name: 'Read posts' });
    const role = await authorization.addEnvironmentRolePermission('editor', {
      permissionSlug: 'posts:read',
    });
    same([...role.permissions].sort(), ['posts:read', 'posts:write']);
  });
  await step('list roles', async () => {
    const { data } = await authorization.listEnvironmentRoles();
    same(data.map((role) => role.slug).sort(), ['admin', 'editor', 'member']);
  });
  await step('a slug belongs to one role', async () => {
    const again = authorization.createEnvironmentRole({ slug: 'editor', name: 'Again' });
    await refused(again, 409, 'role_slug_conflict');
  });
  await step('create a role of an organization', async () => {
    const role = await authorization.createOrganizationRole(made.acme.id, {
      slug: 'org-auditor',
      name: 'Auditor',
    });
    has(role, { slug: 'org-auditor', name: 'Auditor', type: 'OrganizationRole' });
  });
  await step('get a role of an organization', async () => {
    const role = await authorization.getOrganizationRole(made.acme.id, 'org-auditor');
    has(role, { name: 'Auditor', permissions: [] });
  });
  await step('update a role of an organization', async () => {
    const role = await authorization.updateOrganizationRole(made.acme.id, 'org-auditor', {
      name: 'Auditors',
    });
    has(role, { name: 'Auditors' });
  });
  await step('set, add and remove permissions of a role of an organization', async () => {
    const role = [made.acme.id, 'org-auditor'];
    const set = await authorization.setOrganizationRolePermissions(...role, {
      permissions: ['posts:read'],
    });
    same(set.permissions, ['posts:read']);
    const added = await authorization.addOrganizationRolePermission(...role, {
      permissionSlug: 'posts:write',
    });
    same([...added.permissions].sort(), ['posts:read', 'posts:write']);
    await authorization.removeOrganizationRolePermission(...role, { permissionSlug: 'posts:read' });
    const { permissions } = await authorization.getOrganizationRole(...role);
    same(permissions, ['posts:write']);
  });
  await step('list the roles of an organization', async () => {
    const { data } = await authorization.listOrganizationRoles(made.acme.id);
    same(data.map((role) => role.slug).sort(), ['admin', 'editor', 'member', 'org-auditor']);
  });
  await step('delete a role of an organization', async () => {
    await authorization.deleteOrganizationRole(made.acme.id, 'org-auditor');
    const gone = authorization.getOrganizationRole(made.acme.id, 'org-auditor');
    await refused(gone, 404, 'entity_not_found');
  });

  await step('create a resource', async () => {
    made.workspace = await authorization.createResource({
      organizationId: made.acme.id,
      resourceTypeSlug: 'workspace',
      externalId: 'ws1',
      name: 'Main',
    });
    isId(made.workspace.id, 'authz_resource');
    has(made.workspace, {
      object: 'authorization_resource',
      externalId: 'ws1',
      name: 'Main',
      description: null,
      resourceTypeSlug: 'workspace',
      organizationId: made.acme.id,
    });
  });
  await step('create a resource below another', async () => {
    made.project = await authorization.createResource({
      organizationId: made.acme.id,
      resourceTypeSlug: 'project',
      externalId: 'p1',
      name: 'Engine',
      parentResourceId: made.workspace.id,
    });
    same(made.project.parentResourceId, made.workspace.id);
  });
  await step('create a resource below an external ID', async () => {
    const project = await authorization.createResource({
      organizationId: made.acme.id,
      resourceTypeSlug: 'project',
      externalId: 'p2',
      name: 'Second',
      parentResourceExternalId: 'ws1',
      parentResourceTypeSlug: 'workspace',
    });
    same(project.parentResourceId, made.workspace.id);
  });
  const named = (externalId) => ({
    organizationId: made.acme.id,
    resourceTypeSlug: 'project',
    externalId,
  });
  await step('get a resource', async () => {
    same(await authorization.getResource(made.project.id), made.project);
  });
  await step('get a resource by its external ID', async () => {
    same(await authorization.getResourceByExternalId(named('p1')), made.project);
  });
  await step('update a resource', async () => {
    const { id } = made.project;
    has(await authorization.updateResource({ resourceId: id, description: 'Steam' }), {
      name: 'Engine',
      description: 'Steam',
    });
  });
  await step('update a resource by its external ID', async () => {
    has(await authorization.updateResourceByExternalId({ ...named('p2'), name: 'Two' }), {
      name: 'Two',
    });
  });
  await step('list resources by type', async () => {
    const page = await authorization.listResources({ resourceTypeSlug: 'project', order: 'asc' });
    same(page.data.map((one) => one.externalId), ['p1', 'p2']);
  });
  await step('list resources by parent', async () => {
    const page = await authorization.listResources({ parentResourceId: made.workspace.id });
    same(page.data.map((one) => one.externalId).sort(), ['p1', 'p2']);
  });
  const asks = (permissionSlug = 'project:edit') => ({
    organizationMembershipId: made.membership.id,
    permissionSlug,
  });
  await step('access is refused without a role', async () => {
    same(await authorization.check({ ...asks(), resourceId: made.project.id }), {
      authorized: false,
    });
  });
  await step('assign a role on a resource', async () => {
    await authorization.createEnvironmentRole({
      slug: 'project-editor',
      name: 'Project editor',
      resourceTypeSlug: 'project',
    });
    await authorization.setEnvironmentRolePermissions('project-editor', {
      permissions: ['project:edit'],
    });
    made.assignment = await authorization.assignRole({
      organizationMembershipId: made.membership.id,
      roleSlug: 'project-editor',
      resourceId: made.project.id,
    });
    isId(made.assignment.id, 'role_assignment');
    has(made.assignment, {
      organizationMembershipId: made.membership.id,
      role: { slug: 'project-editor' },
      resource: { id: made.project.id, externalId: 'p1', resourceTypeSlug: 'project' },
    });
  });
  await step('access is granted on that resource', async () => {
    same(await authorization.check({ ...asks(), resourceId: made.project.id }), {
      authorized: true,
    });
  });
  await step('access is checked by external ID', async () => {
    const check = (resourceExternalId) =>
      authorization.check({ ...asks(), resourceExternalId, resourceTypeSlug: 'project' });
    same([await check('p1'), await check('p2')], [{ authorized: true }, { authorized: false }]);
  });
  await step('list the role assignments of a membership', async () => {
    const page = await authorization.listRoleAssignments({
      organizationMembershipId: made.membership.id,
      resourceId: made.project.id,
    });
    same(page.data, [made.assignment]);
  });
  await step('list the role assignments on a resource', async () => {
    const page = await authorization.listRoleAssignmentsForResource({
      resourceId: made.project.id,
    });
    same(ids(page), [made.assignment.id]);
    const byName = await authorization.listResourceRoleAssignments(named('p1'));
    same(ids(byName), [made.assignment.id]);
  });
  await step('list the resources that a membership may edit', async () => {
    const page = await authorization.listResourcesForMembership({
      ...asks(),
      parentResourceId: made.workspace.id,
    });
    same(ids(page), [made.project.id]);
  });
  await step('list the memberships that may edit a resource', async () => {
    const permissionSlug = 'project:edit';
    const byId = await authorization.listMembershipsForResource({
      resourceId: made.project.id,
      permissionSlug,
    });
    same(ids(byId), [made.membership.id]);
    const byName = await authorization.listMembershipsForResourceByExternalId({
      ...named('p1'),
      permissionSlug,
    });
    same(ids(byName), [made.membership.id]);
  });
  await step('list effective permissions', async () => {
    const byId = await authorization.listEffectivePermissions({
      organizationMembershipId: made.membership.id,
      resourceId: made.project.id,
    });
    same(byId.data.map((one) => one.slug), ['project:edit']);
    const byName = await authorization.listEffectivePermissionsByExternalId({
      organizationMembershipId: made.membership.id,
      resourceTypeSlug: 'project',
      externalId: 'p1',
    });
    same(byName.data.map((one) => one.slug), ['project:edit']);
  });
  await step('remove a role assignment', async () => {
    await authorization.removeRoleAssignment({
      organizationMembershipId: made.membership.id,
      roleAssignmentId: made.assignment.id,
    });
    same(await authorization.check({ ...asks(), resourceId: made.project.id }), {
      authorized: false,
    });
  });
  await step('assign and remove a role by external ID', async () => {
    const role = {
      organizationMembershipId: made.membership.id,
      roleSlug: 'project-editor',
      resourceExternalId: 'p2',
      resourceTypeSlug: 'project',
    };
    const assigned = await authorization.assignRole(role);
    same(assigned.resource.externalId, 'p2');
    await authorization.removeRole(role);
    const page = await authorization.listResourceRoleAssignments(named('p2'));
    same(page.data, []);
  });
  await step('assign a role to a group', async () => {
    made.groupAssignment = await authorization.createGroupRoleAssignment({
      groupId: made.group.id,
      roleSlug: 'project-editor',
      resourceId: made.project.id,
    });
    has(made.groupAssignment, {
      object: 'group_role_assignment',
      groupId: made.group.id,
      role: { slug: 'project-editor' },
    });
  });
  await step('members of the group have its role', async () => {
    await groups.addOrganizationMembership({
      organizationId: made.acme.id,
      groupId: made.group.id,
      organizationMembershipId: made.membership.id,
    });
    same(await authorization.check({ ...asks(), resourceId: made.project.id }), {
      authorized: true,
    });
  });
  await step('get and list role assignments of a group', async () => {
    const groupId = made.group.id;
    const got = await authorization.getGroupRoleAssignment({
      groupId,
      roleAssignmentId: made.groupAssignment.id,
    });
    same(got, made.groupAssignment);
    const page = await authorization.listGroupRoleAssignments({ groupId });
    same(page.data, [made.groupAssignment]);
  });
  await step('replace the role assignments of a group', async () => {
    const { data } = await authorization.replaceGroupRoleAssignments({
      groupId: made.group.id,
      roleAssignments: [
        { roleSlug: 'project-editor', resourceExternalId: 'p2', resourceTypeSlug: 'project' },
      ],
    });
    same(data.map((one) => one.resource.externalId), ['p2']);
    same(await authorization.check({ ...asks(), resourceId: made.project.id }), {
      authorized: false,
    });
  });
  await step('remove the role assignments of a group', async () => {
    await authorization.removeGroupRoleAssignments({
      groupId: made.group.id,
      roleSlug: 'project-editor',
      resourceExternalId: 'p2',
      resourceTypeSlug: 'project',
    });
    const page = await authorization.listGroupRoleAssignments({ groupId: made.group.id });
    same(page.data, []);
  });
  await step('a role of a membership grants its permissions', async () => {
    await users.updateOrganizationMembership(made.membership.id, { roleSlug: 'editor' });
    const check = await authorization.check({
      ...asks('posts:write'),
      resourceExternalId: made.acme.id,
      resourceTypeSlug: 'organization',
    });
    same(check, { authorized: true });
  });
  await step('delete a resource by its external ID', async () => {
    await authorization.deleteResourceByExternalId(named('p2'));
    await refused(authorization.getResourceByExternalId(named('p2')), 404, 'entity_not_found');
  });
  await step('delete a resource with what is below it', async () => {
    await authorization.deleteResource({ resourceId: made.workspace.id, cascadeDelete: true });
    await refused(authorization.getResource(made.project.id), 404, 'entity_not_found');
  });
}
