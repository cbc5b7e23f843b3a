module latchkey.example/go

go 1.22
