"""A small English corpus written for this library: enough text to fit word vectors for a demonstration."""

_CORPUS = """
The president speaks to the press in the capital.
The president greets the media after the vote.
The minister speaks to the media in the capital.
The leader of the party greets the press after the vote.
The minister and the president met the press.
Reporters of the press asked the president about the vote.
Reporters of the media asked the minister about the law.
The parliament passed the law after a long vote.
The party lost the vote and the leader spoke to reporters.
The president signed the law in the capital.
The minister explained the law to the parliament.
The media wrote about the president and the parliament.
The press wrote about the minister and the party.
The leader greets the reporters in the capital.
The band played a concert in the old hall.
The orchestra played a concert in the new hall.
The singer sang a song at the concert.
The crowd loved the song of the band.
The orchestra and the singer gave a concert for the crowd.
The band wrote a song about the sea.
The musicians of the orchestra tuned their violins.
The musicians of the band tuned their guitars.
The singer sang while the musicians played.
The hall was full and the crowd sang the song.
A violin and a guitar lay on the stage of the hall.
The musicians left the stage after the concert.
The striker scored a goal in the final match.
The keeper saved the shot and the team won the match.
The team lost the match after a late goal.
The coach praised the striker and the keeper.
The fans cheered when the striker scored.
The fans of the team filled the stadium for the match.
The coach changed the team before the final.
The keeper and the striker lifted the cup.
The team won the cup in a full stadium.
A late goal decided the final and the fans cheered.
The referee stopped the match because of the rain.
The cook baked bread in the hot oven.
The baker baked a cake with sugar and butter.
The cook fried onions in butter.
The baker kneaded the dough for the bread.
Sugar and flour make the dough of the cake.
The cook added salt to the soup of onions.
The soup and the bread were served hot.
The guests ate the cake and praised the baker.
The guests ate the soup and praised the cook.
The oven was hot and the bread smelled of butter.
Heavy rain and wind hit the coast at night.
The storm brought wind and snow to the mountains.
The sun melted the snow in the mountains.
Clouds brought rain to the coast.
The wind drove the clouds over the sea.
The storm over the sea ended in the morning sun.
Snow and ice covered the mountains after the storm.
The rain stopped and the sun came out over the coast.
The rocket carried a probe to the planet.
The probe sent pictures of the planet to the scientists.
The scientists studied the pictures of the moon.
The telescope showed the moon of a distant planet.
The astronauts walked on the moon and collected stones.
The scientists measured the orbit of the probe.
The rocket left the orbit of the planet.
Astronauts repaired the telescope in orbit.
"""


def sample_corpus():
    """Return the sentences of the sample corpus.

    Returns
    -------
    tuple of str
        63 short English sentences about six subjects.

    Examples
    --------
    >>> from kexuestat.text import sample_corpus
    >>> len(sample_corpus()), sample_corpus()[0]
    (63, 'The president speaks to the press in the capital.')
    """
    return tuple(_CORPUS.strip().split("\n"))
