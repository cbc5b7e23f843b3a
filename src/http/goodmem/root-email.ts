/** The e-mail address of the first user, which GoodMem's clients expect (docs/wire/goodmem.md#set-up-and-users). */
export const ROOT_EMAIL = 'root@goodmem.ai'
