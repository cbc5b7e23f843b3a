package latchkey

import (
	"context"
	"net/http"
)

const (
	usersPath      = "/v2/users"
	workspacesPath = "/v2/workspaces"
)

// UsersClient manages those whom keys belong to.
type UsersClient struct{ client *Client }

// Create adds a user.
func (u *UsersClient) Create(ctx context.Context, body CreateUser, options ...CreateOption) (*User, error) {
	return read[User](ctx, u.client, creating(usersPath, nil, body, options))
}

// List reads one page of users.
func (u *UsersClient) List(ctx context.Context, query UserQuery) (*Page[User], error) {
	return pageOf[User](ctx, u.client, usersPath, nil, query.values())
}

// All goes through the users of all pages.
func (u *UsersClient) All(ctx context.Context, query UserQuery) Items[User] {
	return itemsOf[User](ctx, u.client, usersPath, nil, query.values())
}

// Get reads a user, with where its own limits stand.
func (u *UsersClient) Get(ctx context.Context, id string) (*UserWithBudget, error) {
	return read[UserWithBudget](ctx, u.client, reading(usersPath+"/{}", id))
}

// Update is a merge: what is absent stays.
func (u *UsersClient) Update(ctx context.Context, id string, body UpdateUser, options ...ChangeOption) (*User, error) {
	return read[User](ctx, u.client, changing(http.MethodPatch, usersPath+"/{}", id, body, options))
}

// Delete is refused while the user has keys.
func (u *UsersClient) Delete(ctx context.Context, id string, options ...ChangeOption) error {
	return deleting(ctx, u.client, changing(http.MethodDelete, usersPath+"/{}", id, nil, options))
}

// Thresholds tells when settled usage reached 50, 80 and 100 % of a limit of the user.
func (u *UsersClient) Thresholds(ctx context.Context, id string) (*ThresholdCrossings, error) {
	return read[ThresholdCrossings](ctx, u.client, reading(usersPath+"/{}/thresholds", id))
}

// WorkspacesClient manages what keys are grouped in. A workspace is named by its id or slug.
type WorkspacesClient struct {
	// Members is who belongs to a workspace.
	Members *MembersClient
	client  *Client
}

// Create makes a workspace.
func (w *WorkspacesClient) Create(ctx context.Context, body CreateWorkspace, options ...CreateOption) (*Workspace, error) {
	return read[Workspace](ctx, w.client, creating(workspacesPath, nil, body, options))
}

// List reads one page of workspaces.
func (w *WorkspacesClient) List(ctx context.Context, query PageQuery) (*Page[Workspace], error) {
	return pageOf[Workspace](ctx, w.client, workspacesPath, nil, query.values())
}

// All goes through the workspaces of all pages.
func (w *WorkspacesClient) All(ctx context.Context, query PageQuery) Items[Workspace] {
	return itemsOf[Workspace](ctx, w.client, workspacesPath, nil, query.values())
}

// Get reads a workspace, with where its own limits stand.
func (w *WorkspacesClient) Get(ctx context.Context, ref string) (*WorkspaceWithBudget, error) {
	return read[WorkspaceWithBudget](ctx, w.client, reading(workspacesPath+"/{}", ref))
}

// Update is a merge: what is absent stays.
func (w *WorkspacesClient) Update(ctx context.Context, ref string, body UpdateWorkspace, options ...ChangeOption) (*Workspace, error) {
	return read[Workspace](ctx, w.client, changing(http.MethodPatch, workspacesPath+"/{}", ref, body, options))
}

// Delete is refused while the workspace has keys.
func (w *WorkspacesClient) Delete(ctx context.Context, ref string, options ...ChangeOption) error {
	return deleting(ctx, w.client, changing(http.MethodDelete, workspacesPath+"/{}", ref, nil, options))
}

// Thresholds tells when settled usage reached 50, 80 and 100 % of a limit of the workspace.
func (w *WorkspacesClient) Thresholds(ctx context.Context, ref string) (*ThresholdCrossings, error) {
	return read[ThresholdCrossings](ctx, w.client, reading(workspacesPath+"/{}/thresholds", ref))
}

// MembersClient manages who belongs to a workspace, which is named by its id or slug.
type MembersClient struct{ client *Client }

// Add adds a user. A user that is a member already stays one.
func (m *MembersClient) Add(ctx context.Context, ref string, body AddMember, options ...CreateOption) (*Member, error) {
	return read[Member](ctx, m.client, creating(workspacesPath+"/{}/members", []string{ref}, body, options))
}

// List reads one page of members, those first that joined last.
func (m *MembersClient) List(ctx context.Context, ref string, query PageQuery) (*Page[Member], error) {
	return pageOf[Member](ctx, m.client, workspacesPath+"/{}/members", []string{ref}, query.values())
}

// All goes through the members of all pages.
func (m *MembersClient) All(ctx context.Context, ref string, query PageQuery) Items[Member] {
	return itemsOf[Member](ctx, m.client, workspacesPath+"/{}/members", []string{ref}, query.values())
}

// Remove takes a user out. Its keys there go on working, and it no longer sees them. Refused for who is no member.
func (m *MembersClient) Remove(ctx context.Context, ref, userID string) error {
	return deleting(ctx, m.client, outgoing{
		method: http.MethodDelete, path: workspacesPath + "/{}/members/{}", names: []string{ref, userID}, once: true,
	})
}

// AuditClient reads who did what to which record, and what was denied.
type AuditClient struct{ client *Client }

// List reads one page of the audit log, newest first.
func (a *AuditClient) List(ctx context.Context, query AuditQuery) (*Page[AuditEntry], error) {
	return pageOf[AuditEntry](ctx, a.client, "/v2/audit", nil, query.values())
}

// All goes through the entries of all pages.
func (a *AuditClient) All(ctx context.Context, query AuditQuery) Items[AuditEntry] {
	return itemsOf[AuditEntry](ctx, a.client, "/v2/audit", nil, query.values())
}

func reading(path, ref string) outgoing {
	return outgoing{method: http.MethodGet, path: path, names: []string{ref}}
}

func deleting(ctx context.Context, client *Client, made outgoing) error {
	_, err := client.do(ctx, made, nil, nil)
	return err
}
