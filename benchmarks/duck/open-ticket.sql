FROM open_tickets($now, 30)
