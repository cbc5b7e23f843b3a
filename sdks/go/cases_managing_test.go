package latchkey_test

import (
	"context"
	"encoding/json"
	"fmt"

	"latchkey.example/go"
)

// managing makes a call on records, as the table names it.
func managing(ctx context.Context, client *latchkey.Client, name string, in input) (any, error) {
	create, change, revoke := optionsOf(in)
	keys, usage, held, audit := client.Keys, client.Usage, client.Reservations, client.Audit
	switch name {
	case "keys.create":
		return with(in.Body, func(body latchkey.CreateKey) (any, error) { return keys.Create(ctx, body, create...) })
	case "keys.list":
		return with(in.Query, func(query latchkey.KeyQuery) (any, error) { return keys.List(ctx, query) })
	case "keys.all":
		return with(in.Query, func(query latchkey.KeyQuery) (any, error) { return allOf(keys.All(ctx, query)) })
	case "keys.get":
		return keys.Get(ctx, in.Ref)
	case "keys.update":
		return with(in.Body, func(body latchkey.UpdateKey) (any, error) { return keys.Update(ctx, in.Ref, body, change...) })
	case "keys.revoke":
		return keys.Revoke(ctx, in.Ref, revoke...)
	case "keys.import":
		return with(in.Body, func(body latchkey.ImportKeys) (any, error) { return keys.Import(ctx, body) })
	case "keys.revokeMany":
		return with(in.Body, func(body latchkey.RevokeKeys) (any, error) { return keys.RevokeMany(ctx, body) })
	case "keys.rotate":
		return with(in.Body, func(body latchkey.RotateKey) (any, error) { return keys.Rotate(ctx, in.Ref, body) })
	case "keys.endOverlap":
		return keys.EndOverlap(ctx, in.Ref)
	case "keys.boost":
		return with(in.Body, func(body latchkey.SetBoost) (any, error) {
			return keys.Boost(ctx, in.Ref, latchkey.LimitWindow(in.More), body)
		})
	case "keys.endBoost":
		return keys.EndBoost(ctx, in.Ref, latchkey.LimitWindow(in.More))
	case "keys.thresholds":
		return keys.Thresholds(ctx, in.Ref)
	case "keys.getSelf":
		return keys.GetSelf(ctx)
	case "keys.revokeSelf":
		return keys.RevokeSelf(ctx, revoke...)
	case "usage.report":
		return with(in.Body, func(body latchkey.ReportUsage) (any, error) { return usage.Report(ctx, body.Events) })
	case "usage.correct":
		return with(in.Body, func(body latchkey.CorrectUsage) (any, error) { return usage.Correct(ctx, body) })
	case "usage.summarise":
		return with(in.Query, func(query latchkey.UsageQuery) (any, error) { return usage.Summarise(ctx, query) })
	case "usage.event":
		return usage.Event(ctx, in.Ref, in.More)
	case "reservations.get":
		return held.Get(ctx, in.Ref)
	case "reservations.list":
		return with(in.Query, func(query latchkey.ReservationQuery) (any, error) { return held.List(ctx, query) })
	case "reservations.all":
		return with(in.Query, func(query latchkey.ReservationQuery) (any, error) { return allOf(held.All(ctx, query)) })
	case "audit.list":
		return with(in.Query, func(query latchkey.AuditQuery) (any, error) { return audit.List(ctx, query) })
	case "audit.all":
		return with(in.Query, func(query latchkey.AuditQuery) (any, error) { return allOf(audit.All(ctx, query)) })
	}
	return managingAccounts(ctx, client, name, in, create, change)
}

func managingAccounts(
	ctx context.Context, client *latchkey.Client, name string, in input, create []latchkey.CreateOption, change []latchkey.ChangeOption,
) (any, error) {
	users, workspaces, members := client.Users, client.Workspaces, client.Workspaces.Members
	switch name {
	case "users.create":
		return with(in.Body, func(body latchkey.CreateUser) (any, error) { return users.Create(ctx, body, create...) })
	case "users.list":
		return with(in.Query, func(query latchkey.UserQuery) (any, error) { return users.List(ctx, query) })
	case "users.all":
		return with(in.Query, func(query latchkey.UserQuery) (any, error) { return allOf(users.All(ctx, query)) })
	case "users.get":
		return users.Get(ctx, in.Ref)
	case "users.update":
		return with(in.Body, func(body latchkey.UpdateUser) (any, error) { return users.Update(ctx, in.Ref, body, change...) })
	case "users.delete":
		return nil, users.Delete(ctx, in.Ref, change...)
	case "users.thresholds":
		return users.Thresholds(ctx, in.Ref)
	case "workspaces.create":
		return with(in.Body, func(body latchkey.CreateWorkspace) (any, error) { return workspaces.Create(ctx, body, create...) })
	case "workspaces.list":
		return with(in.Query, func(query latchkey.PageQuery) (any, error) { return workspaces.List(ctx, query) })
	case "workspaces.get":
		return workspaces.Get(ctx, in.Ref)
	case "workspaces.update":
		return with(in.Body, func(body latchkey.UpdateWorkspace) (any, error) {
			return workspaces.Update(ctx, in.Ref, body, change...)
		})
	case "workspaces.delete":
		return nil, workspaces.Delete(ctx, in.Ref, change...)
	case "workspaces.thresholds":
		return workspaces.Thresholds(ctx, in.Ref)
	case "workspaces.members.add":
		return with(in.Body, func(body latchkey.AddMember) (any, error) { return members.Add(ctx, in.Ref, body, create...) })
	case "workspaces.members.list":
		return with(in.Query, func(query latchkey.PageQuery) (any, error) { return members.List(ctx, in.Ref, query) })
	case "workspaces.members.remove":
		return nil, members.Remove(ctx, in.Ref, in.More)
	}
	return nil, fmt.Errorf("there is no call %q", name)
}

// with reads what a call is given, which may have no member that the SDK has no place for.
func with[T any](text json.RawMessage, call func(T) (any, error)) (any, error) {
	var given T
	if text != nil {
		if err := strictly(text, &given); err != nil {
			return nil, err
		}
	}
	return call(given)
}

func allOf[T any](items latchkey.Items[T]) (any, error) {
	all := []T{}
	var failed error
	items(func(item T, err error) bool {
		if failed = err; err == nil {
			all = append(all, item)
		}
		return true
	})
	return all, failed
}

func optionsOf(in input) (create []latchkey.CreateOption, change []latchkey.ChangeOption, revoke []latchkey.RevokeOption) {
	if in.IdempotencyKey != "" {
		create = append(create, latchkey.IdempotencyKey(in.IdempotencyKey))
	}
	if in.IfRevision != 0 {
		change, revoke = append(change, latchkey.IfRevision(in.IfRevision)), append(revoke, latchkey.IfRevision(in.IfRevision))
	}
	if in.Reason != "" {
		revoke = append(revoke, latchkey.Reason(in.Reason))
	}
	return create, change, revoke
}
