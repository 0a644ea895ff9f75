"""What a judge's card gathers: the certificate that is meant, the rubric's text, and what runs knew of the judge."""
