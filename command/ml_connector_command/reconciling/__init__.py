"""Two systems read afresh and compared: by group, then line by line where groups differ."""
