"""`make prove`: a sale under fire on this machine, and the judge who looks at the books afterwards."""
