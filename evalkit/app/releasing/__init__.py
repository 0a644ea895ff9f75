"""What a release report needs beside a run: the last release, what changed since, and the numbers then and now."""
