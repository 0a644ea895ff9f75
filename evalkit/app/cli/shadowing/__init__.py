"""`evalkit shadow ...`"""
