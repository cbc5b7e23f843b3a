// Package optionalnullable has the type of members that may be absent, null or a value, which are three different
// things in a request that changes a record.
package optionalnullable
